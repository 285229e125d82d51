"""What languages' package managers installed; where a lock file has the same form, that too."""
