"""Use cases, a few lines each, joining rooms: index, refresh, scan, report."""
