"""Proposer, critic and judges argue therapeutic hypotheses: a score with interval, or why none."""
