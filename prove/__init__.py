"""Our version keys against the ecosystems' own implementations, on random pairs."""
