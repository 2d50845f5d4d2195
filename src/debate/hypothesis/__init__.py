"""A hypothesis as submitted, from a wiki page, JSONL, CSV or Parquet; refused rows with why."""

from debate.hypothesis.readers import Reading, read_hypotheses
from debate.hypothesis.record import ID_PATTERN, Hypothesis, Refusal, content_id

__all__ = ["ID_PATTERN", "Hypothesis", "Reading", "Refusal", "content_id", "read_hypotheses"]
