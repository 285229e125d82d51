"""Front door: manifests and blobs of images, from OCI layouts, docker archives and other registries."""
