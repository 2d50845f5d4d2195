"""Every way this package says no: one tree, each leaf with its cause and its cure.

DebateError
├─ InputError
│  ├─ HypothesisInvalid
│  ├─ TargetUnknown
│  ├─ TargetAmbiguous
│  └─ DefinitionInvalid
├─ SettingsError
├─ SourceError
├─ ModelError
│  ├─ ModelUnavailable
│  ├─ EndpointDown
│  ├─ BatchRefused
│  ├─ ReplyUnreadable
│  ├─ ReplyTruncated
│  └─ ReplyRefused
├─ BudgetExhausted
│  └─ HypothesisBudgetExhausted
├─ ScoringError
└─ StoreError
   ├─ StoreBusy
   ├─ StoreTooNew
   └─ NotFound
"""

from typing import ClassVar, Literal

Ends = Literal["nothing", "call", "hypothesis", "run"]


class DebateError(Exception):
    """Base of every error raised on purpose; reads "what (subject): cause. remedy".

    Attributes:
        code: Kebab-case name of the kind, stored with an `Unscored`.
        ends: How far the damage goes: nothing, one call, one hypothesis or the run.
        subject: The input that it happened with, such as `row 5, 'calibration'`.
        cause: What was wrong with it.
        remedy: What the reader can do about it.
    """

    code: ClassVar[str] = "debate-error"
    ends: ClassVar[Ends] = "run"

    def __init__(self, subject: str, *, cause: str, remedy: str) -> None:
        self.subject = subject
        self.cause = cause.rstrip(". ")
        self.remedy = remedy.rstrip(". ")
        what = self.code.replace("-", " ")
        super().__init__(f"{what} ({subject}): {self.cause}. {self.remedy}.")

    def __reduce__(self) -> tuple[object, ...]:
        """Return what pickle needs to rebuild the error in another process."""
        return _rebuild, (type(self), self.subject, self.cause, self.remedy)


def _rebuild(kind: type[DebateError], subject: str, cause: str, remedy: str) -> DebateError:
    return kind(subject, cause=cause, remedy=remedy)


class InputError(DebateError):
    """Something handed in was refused before anything was paid."""

    code = "input-invalid"
    ends: ClassVar[Ends] = "hypothesis"


class HypothesisInvalid(InputError):
    """A row that is no hypothesis: a field is missing, empty, too long or of the wrong type."""

    code = "hypothesis-invalid"


class TargetUnknown(InputError):
    """No written target is a gene."""

    code = "target-unknown"


class TargetAmbiguous(InputError):
    """A written target may be one of several genes."""

    code = "target-ambiguous"


class DefinitionInvalid(InputError):
    """An agent, prompt, rubric or dossier file says something it may not."""

    code = "definition-invalid"
    ends = "run"


class SettingsError(DebateError):
    """A setting is missing, malformed or contradicts another."""

    code = "settings-invalid"


class SourceError(DebateError):
    """An evidence source did not answer, or not as documented; becomes a named gap."""

    code = "source-unavailable"
    ends = "nothing"


class ModelError(DebateError):
    """A call to a model has no usable reply."""

    code = "model-error"
    ends: ClassVar[Ends] = "call"


class ModelUnavailable(ModelError):
    """The endpoint gave no answer after the last retry."""

    code = "model-unavailable"


class EndpointDown(ModelError):
    """Going on would only burn time: no connection, no right key, or call after call in vain."""

    code = "endpoint-down"
    ends = "run"


class BatchRefused(ModelError):
    """The provider takes no batch of ours, or one failed whole; nothing of it is billed."""

    code = "batch-refused"
    ends = "run"


class ReplyUnreadable(ModelError):
    """The reply broke its schema, and so did its repair."""

    code = "reply-unreadable"


class ReplyTruncated(ModelError):
    """The reply was cut by its token limit, and so was its repair."""

    code = "reply-truncated"


class ReplyRefused(ModelError):
    """The model declined to answer."""

    code = "reply-refused"


class BudgetExhausted(DebateError):
    """The next call could pass a cap in US dollars or tokens; the run can be resumed."""

    code = "budget-exhausted"


class HypothesisBudgetExhausted(BudgetExhausted):
    """The next call could pass the cap of its hypothesis; others go on."""

    ends = "hypothesis"


class ScoringError(DebateError):
    """A number handed to the arithmetic lies outside its range."""

    code = "scoring-invalid"
    ends = "hypothesis"


class StoreError(DebateError):
    """The database could not be opened, read or written."""

    code = "store-unusable"


class StoreBusy(StoreError):
    """Another process holds the database for longer than we wait."""

    code = "store-busy"


class StoreTooNew(StoreError):
    """The database was written by a newer version of this package."""

    code = "store-too-new"


class NotFound(StoreError):
    """No record has this id."""

    code = "not-found"
    ends = "hypothesis"
