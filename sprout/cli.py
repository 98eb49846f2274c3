"""The entry point of the command `sprout`."""

from sprout.commands import main

__all__ = ["main"]
