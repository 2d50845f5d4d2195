"""`python -m debate` is the command `debate`."""

from debate.cli import main

main()
