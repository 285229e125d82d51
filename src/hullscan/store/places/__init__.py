"""Where things are: namespaces and repositories."""
