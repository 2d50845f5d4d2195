"""The command `debate` as real processes, started from one that has its imports behind it."""

from command_line.processes import THREE, CommandLine, Ended, Parent, Running

__all__ = ["THREE", "CommandLine", "Ended", "Parent", "Running"]
