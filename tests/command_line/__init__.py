"""The command `debate` as real processes, started from one that has its imports behind it."""

from command_line.killing import Cut, kill, stand, twice
from command_line.processes import KEY, THREE, CommandLine, Ended, Parent, Running

__all__ = [
    "KEY",
    "THREE",
    "CommandLine",
    "Cut",
    "Ended",
    "Parent",
    "Running",
    "kill",
    "stand",
    "twice",
]
