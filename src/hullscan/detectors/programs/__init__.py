"""What programs say of themselves: what was linked into them, and which versions they are."""
