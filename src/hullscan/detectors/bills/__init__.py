"""Software bills of materials, whatever their format."""
