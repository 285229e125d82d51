"""Inventory × advisories → findings; the only room that says "affected"."""
