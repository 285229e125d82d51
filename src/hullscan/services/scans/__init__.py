"""Scans: on the server, and of one target from the command line or the library."""
