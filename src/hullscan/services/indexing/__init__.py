"""What is inside of artifacts, put into the store."""
