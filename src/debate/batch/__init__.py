"""Many hypotheses: concurrency, resume, the loop that asks for more judges; yields progress."""
