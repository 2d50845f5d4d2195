"""Hypotheses that say the same: the same genes and disease, the same words, the same direction.

Knows nothing of how genes are resolved, nor of how close two texts are in meaning.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Literal

from debate.hypothesis.meaning import Wording, required_closeness, wording_of
from debate.hypothesis.record import Hypothesis
from debate.hypothesis.words import SIGNS, joined, nearest_sign, plain, words_of
from debate.provenance import Record

TELLING = 20
"""Words from which a statement alone says what is claimed. Of 2,638 rows of a benchmark 25 shared
genes, disease and a short statement such as `SGLT2 inhibitor`, and were different drugs."""


Closeness = Callable[[str, str], float]
"""Returns how close two texts are in meaning, a cosine in [-1, 1]."""
How = Literal["text", "meaning"]


class Gist(Record):
    """What of a hypothesis is compared."""

    hypothesis_id: str
    genes: tuple[str, ...]
    """Approved symbols, sorted."""
    disease: tuple[str, ...]
    """Words of the disease, sorted."""
    text: tuple[str, ...]
    """Words of the statement where it is long enough, else of title and statement, sorted."""
    direction: tuple[str, ...]
    """What the title says is done to which gene, such as `SIRT1+`; empty where it does not."""
    wording: Wording
    """How it is put, for comparing meaning."""
    plain: str
    """Title and statement, every target by its approved symbol."""

    @property
    def same(self) -> tuple[tuple[str, ...], ...]:
        """What two hypotheses that say the same have in common."""
        return self.genes, self.disease, self.text

    @property
    def kind(self) -> tuple[object, ...]:
        """What two hypotheses have in common that may say the same in other words."""
        return self.genes, self.disease, self.wording.kind

    def opposes(self, other: "Gist") -> bool:
        """Return True where both titles name a direction, and not the same one, or texts do."""
        titles = bool(self.direction and other.direction) and self.direction != other.direction
        return titles or self.wording.contradicts(other.wording)


class Duplicate(Record):
    """A hypothesis that says the same as an earlier one."""

    hypothesis_id: str
    of: str
    """Id of the earlier one."""
    how: How = "text"
    """`text`: in the same words. `meaning`: in other words."""
    similarity: float | None = None
    """How close the two are in meaning, a cosine of two decimals; None where words decide."""

    @property
    def told(self) -> str:
        """What it does, as part of a sentence."""
        if self.similarity is None:
            return f"says the same as {self.of}"
        return f"says the same as {self.of} in other words (similarity {self.similarity:.2f})"


def gist_of(hypothesis: Hypothesis, *, genes: Iterable[str], names: Mapping[str, str]) -> Gist:
    """Return what of a hypothesis is compared: its words without case, order, endings or fillers.

    Args:
        hypothesis: As submitted.
        genes: Approved symbols of its targets.
        names: Approved symbol by every name that a text may use for a target.
    """
    told = [plain(one, names) for one in (hypothesis.title, hypothesis.statement)]
    title, statement = map(words_of, told)
    targets = {joined(symbol) for symbol in names.values()}
    disease = words_of(plain(hypothesis.disease, {}))
    return Gist(
        hypothesis_id=hypothesis.id,
        genes=tuple(sorted(set(genes))),
        disease=tuple(sorted(disease)),
        text=tuple(sorted(statement if len(statement) >= TELLING else [*title, *statement])),
        direction=_direction(title, targets),
        wording=wording_of(*told, genes=targets, disease=disease),
        plain=". ".join(filter(None, told)),
    )


def find_duplicates(
    gists: Iterable[Gist], *, closeness: Closeness | None = None
) -> tuple[Duplicate, ...]:
    """Return those that say the same as an earlier one, in order.

    One whose title opposes that of any that already says the same is kept apart from them all. By
    meaning, each is compared with those before it that are no duplicates themselves.

    Args:
        gists: What is compared, the first submitted first.
        closeness: Compares meaning where words differ; None to compare text alone.
    """
    found: list[Duplicate] = []
    alike: dict[object, list[list[Gist]]] = {}
    kinds: dict[object, list[Gist]] = {}
    for gist in gists:
        groups = alike.setdefault(gist.same, [])
        earlier = kinds.setdefault(gist.kind, [])
        group = next((one for one in groups if not any(map(gist.opposes, one))), None)
        if group is not None:
            found.append(Duplicate(hypothesis_id=gist.hypothesis_id, of=group[0].hypothesis_id))
            group.append(gist)
        elif closeness and (near := _nearest(gist, earlier, closeness)):
            found.append(near)
        else:
            groups.append([gist])
            earlier.append(gist)
    return tuple(found)


def _nearest(gist: Gist, earlier: Iterable[Gist], closeness: Closeness) -> Duplicate | None:
    """Return of which of the earlier ones it is the duplicate by meaning: the closest, if any."""
    enough = [
        (similarity, one.hypothesis_id)
        for one in earlier
        if (required := required_closeness(one.wording, gist.wording)) is not None
        and (similarity := round(closeness(one.plain, gist.plain), 2)) >= required
    ]
    if not enough:
        return None
    similarity, of = max(enough, key=lambda pair: pair[0])
    return Duplicate(hypothesis_id=gist.hypothesis_id, of=of, how="meaning", similarity=similarity)


def _direction(title: list[str], genes: set[str]) -> tuple[str, ...]:
    """Return the direction next to each gene in a title; the first one where it names no gene."""
    told = {
        f"{word.upper()}{SIGNS[title[at]]}"
        for place, word in enumerate(title)
        if word in genes and (at := nearest_sign(title, place)) is not None
    }
    return tuple(sorted(told)) or tuple([SIGNS[word] for word in title if word in SIGNS][:1])
