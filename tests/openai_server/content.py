"""What the double says: JSON that meets any schema, drawn from the prompt's own words.

Knows the layout of prompts only as a model does: fenced evidence with keys, claims with ids, and
an instruction at the end. The same messages, model and seed give the same text.
"""

import hashlib
import json
import math
import random
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from openai_server.caching import plain

Schema = Mapping[str, Any]

EVIDENCE = re.compile(r"<evidence list [0-9a-f]+>\n(.*?)\n</evidence list ", re.DOTALL)
ITEM = re.compile(r"^(E[1-9]\d*) \(.*?\): (.*)$", re.MULTILINE)
GENES = re.compile(r"give each of (.+?) a digit")
CLAIM_ID = re.compile(r"\b[PC][1-9]\d?\b")
TOLD = re.compile(r'"(\w+)" (?:to |is )?"(\w+)"')
WORD = re.compile(r"[\w'-]+")
CASES = re.compile(r"^# Case [12]$", re.MULTILINE)


@lru_cache(maxsize=64)
def all_of(pattern: re.Pattern[str], text: str) -> tuple[str, ...]:
    """Return every match; the first message is the same for every request of a run."""
    return tuple(pattern.findall(text))


class Prompt:
    """A request's messages as the double understands them."""

    def __init__(self, messages: Sequence[Mapping[str, Any]]) -> None:
        said = [plain(message.get("content")) for message in messages]
        self.text = "\n\n".join(said)
        self.instruction = self.text.rpartition("# Your turn")[2]
        self.evidence = dict(ITEM.findall("\n".join(EVIDENCE.findall(self.text))))
        self.told: dict[str, list[str]] = {}
        for name, value in TOLD.findall(self.instruction):
            self.told.setdefault(name, []).append(value)
        self.answers = list(dict.fromkeys(CLAIM_ID.findall(self.instruction)))
        self.genes = [
            gene for found in GENES.findall(self.instruction) for gene in found.split(", ")
        ]
        self.claims = list(dict.fromkeys(one for part in said for one in all_of(CLAIM_ID, part)))
        self.words = [word for part in said for word in all_of(WORD, part)] or ["nothing"]
        self.is_judge = "judge" in self.instruction[:60]
        self.cases = CASES.split(self.text.partition("# Your turn")[0])[1:]
        """The two cases that a judge compares; none elsewhere."""


class Writer:
    """Fills a JSON schema."""

    def __init__(
        self, prompt: Prompt, chance: random.Random, quality: float, apart: float = 0.0
    ) -> None:
        self.prompt = prompt
        self.chance = chance
        self.quality = quality
        """What the digits are drawn around, in [0, 1]."""
        self.apart = apart
        """Logits by which the first of two cases is preferred."""
        self.digits: list[list[float]] = []
        """Probabilities of 0 to 9 behind each digit written, in order."""
        self._cited = ""
        self._turn = 0

    def fill(self, schema: Schema, *, name: str = "", defs: Schema | None = None) -> Any:
        """Return a value that the schema allows."""
        defs = defs or schema.get("$defs", {})
        if "$ref" in schema:
            return self.fill(defs[schema["$ref"].rpartition("/")[2]], name=name, defs=defs)
        for union in ("anyOf", "oneOf"):
            if union in schema:
                return self.fill(self._choice(schema[union], name), name=name, defs=defs)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._enumerated(list(schema["enum"]), name)
        kind = schema.get("type", "object")
        if isinstance(kind, list):
            kind = next(one for one in kind if one != "null")
        fill = {
            "object": self._object,
            "array": self._array,
            "string": self._string,
            "integer": self._integer,
        }
        plain = {"boolean": True, "null": None, "number": round(self.chance.random(), 3)}
        return fill[kind](schema, name, defs) if kind in fill else plain[kind]

    def _choice(self, options: Sequence[Schema], name: str) -> Schema:
        """Return the option that fits the role: a verdict is for judges."""
        wanted = name != "verdict" or self.prompt.is_judge
        null = [option for option in options if option.get("type") == "null"]
        real = [option for option in options if option.get("type") != "null"]
        return real[0] if (wanted and real) or not null else null[0]

    def _enumerated(self, values: list[Any], name: str) -> Any:
        digits = [v for v in values if isinstance(v, int) and not isinstance(v, bool)]
        if set(range(10)) <= set(digits):
            return self._digit()
        told = [value for value in self.prompt.told.get(name, []) if value in values]
        if name == "prefers":
            return self._preference()
        return self.chance.choice(told or [v for v in values if v is not None] or values)

    def _preference(self) -> int:
        """Return 1, 2 or 0 for the first case, the second or neither, and keep the odds."""
        half = (self.apart + self.chance.gauss(0, 0.2)) / 2
        odds = [0.3, math.exp(half), math.exp(-half)]
        total = math.fsum(odds)
        self.digits.append([0.98 * odd / total for odd in odds] + [0.0] * 7)
        return max(range(3), key=odds.__getitem__)

    def _digit(self) -> int:
        """Return a digit of a normal distribution about the quality, and keep the odds."""
        centre = 9 * self.quality + self.chance.gauss(0, 0.8)
        odds = [math.exp(-((digit - centre) ** 2) / 2) for digit in range(10)]
        total = math.fsum(odds)
        self.digits.append([0.98 * odd / total for odd in odds])
        return max(range(10), key=odds.__getitem__)

    def _object(self, schema: Schema, _name: str, defs: Schema) -> dict[str, Any]:
        return {
            name: self.fill(part, name=name, defs=defs)
            for name, part in schema.get("properties", {}).items()
        }

    def _array(self, schema: Schema, name: str, defs: Schema) -> list[Any]:
        first = [self.fill(part, name=name, defs=defs) for part in schema.get("prefixItems", [])]
        each = schema.get("items", {})
        if not each or (name == "claims" and self.prompt.is_judge):
            return first
        if name == "citations" and not self.prompt.evidence:
            return first
        least, most = schema.get("minItems", 0), schema.get("maxItems", math.inf)
        usual = len(self.prompt.answers) if name == "claims" and self.prompt.answers else 2
        if name in {"cites", "citations"}:
            usual = 1
        if name == "genes":
            usual = len(self.prompt.genes)
        count = int(min(most, max(least, usual - len(first))))
        return first + [self.fill(each, name=name, defs=defs) for _ in range(count)]

    def _integer(self, schema: Schema, _name: str, _defs: Schema) -> int:
        low, high = schema.get("minimum", 0), schema.get("maximum", 9)
        return self._digit() if (low, high) == (0, 9) else self.chance.randint(low, high)

    def _string(self, schema: Schema, name: str, _defs: Schema) -> str:
        prompt, least = self.prompt, schema.get("minLength", 0)
        match name:
            case "evidence" if prompt.evidence:
                text = self._cited = self.chance.choice(list(prompt.evidence))
            case "quote" if self._cited in prompt.evidence:
                text = self._run(prompt.evidence[self._cited].split("\n")[-1].split(" "), 6)
            case "quote":
                text = ""
            case "about" if prompt.answers:
                text = prompt.answers[self._turn % len(prompt.answers)]
                self._turn += 1
            case "about":
                text = prompt.told.get("about", ["H"])[0]
            case "gene" if prompt.genes:
                text = prompt.genes[self._turn % len(prompt.genes)]
                self._turn += 1
            case "cites" if prompt.claims:
                text = self.chance.choice(prompt.claims)
            case _:
                text = self._run(prompt.words, 12)
        return text.ljust(least, ".")[: schema.get("maxLength")]

    def _run(self, words: Sequence[str], count: int) -> str:
        """Return some words that follow each other."""
        start = self.chance.randrange(max(1, len(words) - count))
        return " ".join(words[start : start + count])


def seed_of(*parts: object) -> int:
    """Return the same number for the same parts, in every process."""
    return int.from_bytes(hashlib.sha256(json.dumps(parts).encode()).digest()[:8])


def write(
    request: Mapping[str, Any], planted: Mapping[str, float], lean: float = 0.0
) -> tuple[str, list[list[float]]]:
    """Return a text that meets the request's schema, and the odds behind its digits.

    Args:
        request: Body of `/chat/completions`.
        planted: How good a hypothesis is, in [0, 1], by a text that its prompt holds. Others get
            a quality drawn from the prompt.
        lean: Logits that the first of two compared cases gains by being first.
    """
    messages = [one | {"content": plain(one.get("content"))} for one in request["messages"]]
    model = request.get("model", "")
    prompt = Prompt(messages)
    seed = seed_of(messages, model, request.get("seed"))

    def quality_of(text: str) -> float:
        found = [quality for told, quality in planted.items() if told in text]
        drawn = random.Random(seed_of(text.partition("# Your turn")[0][:4000])).random()
        return found[0] if found else 0.2 + 0.6 * drawn

    cases = [quality_of(case) for case in prompt.cases]
    apart = 9 * (cases[0] - cases[1]) + lean if cases else 0.0
    writer = Writer(prompt, random.Random(seed), quality_of(prompt.text), apart)
    form = request.get("response_format") or {}
    schema = (form.get("json_schema") or {}).get("schema") or {"type": "object"}
    value = writer.fill(schema)
    return json.dumps(value, ensure_ascii=False), writer.digits


TOKEN = re.compile(r" ?[A-Za-zµα-ωΑ-Ω]+|\d|\s+|[^\sA-Za-z\d]")


def log_probabilities(text: str, odds: Sequence[Sequence[float]], top: int) -> list[dict[str, Any]]:
    """Return the tokens of a text with log-probabilities, as `choices[].logprobs.content` has them.

    Args:
        text: What was written.
        odds: Probabilities of 0 to 9 behind each digit that was drawn, in order.
        top: Alternatives to give at each token.
    """
    drawn = list(odds)
    rows = []
    for match in TOKEN.finditer(text):
        token = match.group()
        before, behind = text[: match.start()].rstrip()[-1:], text[match.end() :].lstrip()[:1]
        is_drawn = token.isdecimal() and before in ":[," and behind in ",}]" and bool(drawn)
        chances = drawn.pop(0) if is_drawn else None
        others = (
            sorted(((str(digit), p) for digit, p in enumerate(chances)), key=lambda row: -row[1])
            if chances
            else [(token, 0.97), (" the", 0.01)]
        )
        rows.append(
            _token(token, dict(others).get(token, 0.97))
            | {"top_logprobs": [_token(*other) for other in others[:top]]}
        )
    return rows


def _token(token: str, probability: float) -> dict[str, Any]:
    return {
        "token": token,
        "logprob": math.log(max(probability, 1e-9)),
        "bytes": list(token.encode()),
    }
