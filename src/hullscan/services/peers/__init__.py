"""Other registries: artifacts that are fetched from them and copied to them."""
