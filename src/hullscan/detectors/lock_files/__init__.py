"""What lock files, and projects that have none, say would be installed."""
