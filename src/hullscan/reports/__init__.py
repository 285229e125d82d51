"""A report rendered for those who read it: one module per form, pure functions from `Report` to text or bytes."""
