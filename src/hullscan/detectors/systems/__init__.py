"""What an operating system is, and what its package managers and its makers put into it."""
