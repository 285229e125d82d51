"""What is said of artifacts from what the store knows."""
