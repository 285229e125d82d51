"""Layers walked by other processes, while they come or all at once."""
