"""Artifacts, what they name, and what is inside of them."""
