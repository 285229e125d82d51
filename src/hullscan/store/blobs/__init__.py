"""The bytes by digest, in a folder or an object store, and what the database says of them."""
