"""The same verbs for the terminal; the only module that prints."""

from debate.cli.verbs import main

__all__ = ["main"]
