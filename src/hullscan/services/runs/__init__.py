"""What rules do, one run at a time."""
