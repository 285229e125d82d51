"""What keeps a store in order: feeds refreshed, blobs collected and checked."""
