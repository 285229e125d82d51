"""Queue and schedule of scans; the only room that knows what runs them."""
