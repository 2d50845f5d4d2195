"""A hypothesis as submitted, from a wiki page, JSONL, CSV or Parquet; refused rows with why."""

from debate.hypothesis.record import ID_PATTERN, Hypothesis, Refusal, content_id

__all__ = ["ID_PATTERN", "Hypothesis", "Refusal", "content_id"]
