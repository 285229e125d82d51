"""Queue and schedule of scans and refreshes."""
