"""Canonical JSON, digests, code version: what makes a record citable.

Knows nothing of what the records mean.
"""

import hashlib
import json
import math
from importlib.metadata import PackageNotFoundError, version

from pydantic import BaseModel, ConfigDict

DISTRIBUTION = "debate-exchange"


class Record(BaseModel):
    """A fact that never changes: frozen, closed to unknown fields, its docstrings its schema."""

    __slots__ = ("_digest",)  # derived once a record, since it never changes; no copy takes it over

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    def digest(self) -> str:
        """Return the SHA-256 of the record's canonical JSON, 64 hex digits."""
        known: str | None = getattr(self, "_digest", None)
        if known is None:
            known = digest(self.digested())
            object.__setattr__(self, "_digest", known)
        return known

    def digested(self) -> object:
        """Return what the digest is of: all of it, where nothing else is said."""
        return self


def canonical_json(value: object) -> str:
    """Return one text for one value: keys sorted, no spaces, Unicode as it is.

    Two values that compare equal after a round trip through JSON give the same text. Records
    (pydantic models) are written field by field.

    Raises:
        ValueError: The value holds NaN or an infinity, which JSON cannot carry.
        TypeError: The value holds something JSON has no form for.

    Example:
        >>> canonical_json({"b": 1, "a": [True, None, "β"]})
        '{"a":[true,null,"β"],"b":1}'
    """
    return json.dumps(
        value,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
        default=_plain,
    )


def _plain(value: object) -> object:
    """Return the JSON form of a record; canonical JSON knows no other classes."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    message = f"{type(value).__name__} has no canonical JSON form"
    raise TypeError(message)


def digest(value: object) -> str:
    """Return the SHA-256 of the canonical JSON, 64 hex digits.

    Example:
        >>> digest({"a": 1}) == digest({"a": 1.0}), digest([])[:8]
        (False, '4f53cda1')
    """
    return hashlib.sha256(canonical_json(value).encode("utf-8", "surrogatepass")).hexdigest()


def code_version() -> str:
    """Return the version of this package, or `unknown` where it runs without being installed."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:  # a bare source tree on the path
        return "unknown"


def rounded(value: float, *, digits: int = 6) -> float:
    """Return a finite number rounded for storage, so that -0.0 and 0.0 are one value.

    Raises:
        ValueError: The number is NaN or infinite.
    """
    if not math.isfinite(value):
        message = f"{value} cannot be stored"
        raise ValueError(message)
    return round(value, digits) + 0.0
