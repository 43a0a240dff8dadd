"""Run folders: layout, atomic writes and the manifest."""
