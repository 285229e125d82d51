"""The OCI distribution API (opencontainers/distribution-spec 1.1)."""
