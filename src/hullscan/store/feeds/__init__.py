"""What publishers say: snapshots, and what a new one changes."""
