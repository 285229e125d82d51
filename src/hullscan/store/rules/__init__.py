"""What instances were told to do, what was done, and who did it."""
