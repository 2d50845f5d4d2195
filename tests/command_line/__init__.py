"""The command `debate` as real processes, started from one that has its imports behind it."""

from command_line.processes import KEY, THREE, CommandLine, Ended, Parent, Running

__all__ = ["KEY", "THREE", "CommandLine", "Ended", "Parent", "Running"]
