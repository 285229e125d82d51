"""What an instance was told: its rules, and what follows from them at once."""
