"""Namespaces and the artifacts in them: pushed, pulled, removed."""
