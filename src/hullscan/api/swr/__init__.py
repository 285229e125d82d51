"""The API of SWR Enterprise Edition; one module for each family of operations."""
