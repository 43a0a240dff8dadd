"""One file a family of descriptors; every file here is found by the registry, none is listed anywhere."""
