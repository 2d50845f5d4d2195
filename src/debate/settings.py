"""The one place that reads the environment.

Knows nothing of what the settings are used for.
"""

import os
import sys
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from debate.errors import SettingsError


def _user_cache() -> Path:
    """Return this platform's folder for files that can be made again."""
    if sys.platform == "win32":
        root = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        root = Path.home() / "Library" / "Caches"
    else:
        root = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return root / "debate"


class Settings(BaseSettings):
    """Every setting, from arguments or from `DEBATE_*` in the environment; frozen."""

    model_config = SettingsConfigDict(
        env_prefix="DEBATE_",
        frozen=True,
        extra="forbid",
        populate_by_name=True,
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
    )

    db: str = "scores.db"
    """Path or SQLAlchemy URL of the store."""
    model: str = ""
    """Model at the endpoint; empty with neither key nor address means the embedded model."""
    local: str = ""
    """Embedded model: `default` (1.5 B), `small` (0.5 B) or the path of a GGUF file; empty means
    `default` where no endpoint is named."""
    openai_api_key: SecretStr | None = Field(default=None, validation_alias="OPENAI_API_KEY")
    """Key of the endpoint; never stored, never logged."""
    openai_base_url: str = Field(default="", validation_alias="OPENAI_BASE_URL")
    """OpenAI-compatible address, such as `http://127.0.0.1:8000/v1`."""
    protocol: Literal["debate", "direct"] = "debate"
    """`debate`, or `direct` for judges alone."""
    judging: Literal["fixed", "adaptive"] = "fixed"
    """`fixed`: every judge of the panel. `adaptive`: two, then more where the ranks are open."""
    pairwise: bool = False
    """Let judges compare hypotheses across the cut of the best eight where their scores cannot be
    told apart."""
    via: Literal["calls", "batch"] | None = None
    """How calls go out: `calls`, each at once, or `batch`, many together through the provider's
    Batch API, at half the price and within a day a round. Where none is given: `calls`; but while
    calls wait in a batch it must be said."""
    batch_poll: float = Field(default=30.0, gt=0)
    """Seconds between the first two looks after a batch; they grow twentyfold."""
    max_rounds: int = Field(default=1, ge=1, le=5)
    """Replies that the proposer may give."""
    judges: int | None = Field(default=None, ge=1)
    """Take only the first so many judges of the panel."""
    agents: Path | None = None
    """Folder of agent files; the shipped ones where none is given."""
    prompts: Path | None = None
    """Folder of prompts and rubric; the shipped ones where none is given."""
    max_cost: float | None = Field(default=None, gt=0)
    """Most that a run may cost, in US dollars."""
    max_tokens: int | None = Field(default=None, gt=0)
    """Most tokens that a run may use, in and out."""
    max_cost_each: float | None = Field(default=None, gt=0)
    """Most that one hypothesis may cost, in US dollars."""
    max_tokens_each: int | None = Field(default=None, gt=0)
    """Most tokens that one hypothesis may use, in and out."""
    prices: Path | None = None
    """TOML file of your own prices: `[model]` with `input`, `cached` and `output`, in US dollars
    per million tokens."""
    in_flight: int = Field(default=16, ge=1, le=4096)
    """Most calls under way at once."""
    cache_marks: bool | None = None
    """Mark what requests share, for providers that cache only what is marked; where it is not
    said, OpenRouter is sent marks for Anthropic's models."""
    requests_per_minute: float | None = Field(default=None, gt=0)
    """Most requests a minute to one model; learned from the endpoint where none is given."""
    tokens_per_minute: float | None = Field(default=None, gt=0)
    """Most tokens a minute to one model, prompts and the longest answers together; learned from
    the endpoint where none is given."""
    attempt_timeout: float = Field(default=120.0, gt=0)
    """Seconds that one request may take."""
    call_deadline: float = Field(default=600.0, gt=0)
    """Seconds that one call may take, waiting and retries included."""
    telemetry: bool = False
    """Send spans and metrics of a run by OpenTelemetry, to where `OTEL_EXPORTER_OTLP_ENDPOINT`
    says; needs the extra `telemetry`."""
    hedge: bool = False
    """Send a request that is late a second time, where the first of two is likely to be faster."""
    deterministic: bool = False
    """Ask for the same reply every time: the embedded model without its prompt cache."""
    seed: int | None = None
    """Seed handed to the endpoint; the order of compared hypotheses is drawn from it too."""
    cache: Path = Field(default_factory=_user_cache)
    """Folder for the joined weights of the embedded model."""
    duplicates: Literal["text", "meaning"] = "text"
    """What makes a hypothesis the same as an earlier one: its words, or also what they mean."""
    allow_unknown_targets: bool = False
    """Debate hypotheses whose targets are no genes, marked."""

    @property
    def embedded(self) -> bool:
        """True where the embedded model is asked for, or no endpoint is named."""
        return bool(self.local) or not (self.openai_api_key or self.openai_base_url or self.model)

    @classmethod
    def read(cls, **given: object) -> "Settings":
        """Return the settings: what is given, else the environment, else the default.

        A given None counts as not given.

        Raises:
            SettingsError: A value is malformed, or a name is unknown.
        """
        try:
            return cls(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
        except ValidationError as error:
            fault = error.errors(include_url=False, include_input=False)[0]
            name = ".".join(map(str, fault["loc"]))
            raise SettingsError(
                name, cause=fault["msg"], remedy=f"Correct it, or DEBATE_{name.upper()}"
            ) from error

    def key(self, variable: str) -> SecretStr:
        """Return the key in an environment variable that an agent file names.

        Raises:
            SettingsError: The variable is not set.
        """
        value = os.environ.get(variable)
        if not value:
            raise SettingsError(
                variable,
                cause="an agent file names this environment variable and it is not set",
                remedy=f"Set {variable}, or take `key` out of the agent file",
            )
        return SecretStr(value)
