"""Descriptors of many volume files: extraction, its cache and the stored voxels of a run."""
