"""Proposer, critic and judges debate therapeutic hypotheses; a score with an interval, or why not."""
