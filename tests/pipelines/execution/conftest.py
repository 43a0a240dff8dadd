"""Plug-ins that a test loads are forgotten after it."""

from forgotten_plugins import forgotten

__all__ = ["forgotten"]
