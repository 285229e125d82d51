"""The nouns, as frozen values: no I/O, no other room of ours."""
