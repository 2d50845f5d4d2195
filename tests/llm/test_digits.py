"""Digits are read where they stand, from what the model thought there, or not at all."""

import json
import math
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from debate.llm.call import Completion, Endpoint, Usage
from debate.llm.digits import Path, digits_at, digits_of, places_of
from debate.llm.wire import Token
from llm.records import Notebook, call_to, reply
from openai_server import Server, Traffic

NUMBER = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
SCALAR = st.none() | st.booleans() | NUMBER | st.text(max_size=8)
JSON = st.recursive(
    SCALAR,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=20,
)
LAYOUT = st.sampled_from([{}, {"indent": 1}, {"separators": (",", ":")}, {"ensure_ascii": False}])


def scalars(value: object, path: Path = ()) -> dict[Path, object]:
    """Return the scalars of a value by path."""
    if not isinstance(value, dict | list):
        return {path: value}
    steps = value.items() if isinstance(value, dict) else enumerate(value)
    return {p: v for step, part in steps for p, v in scalars(part, (*path, step)).items()}


def spelled(*pieces: str, of: dict[str, dict[str, float]] | None = None) -> list[Token]:
    """Return tokens that spell a text; some with the probabilities of what could stand there."""
    return [
        Token(
            token=piece,
            bytes=tuple(piece.encode()),
            logprob=math.log((of or {}).get(piece, {}).get(piece, 0.9)),
            top_logprobs=[
                {"token": other, "logprob": math.log(p)}
                for other, p in (of or {}).get(piece, {piece: 0.9}).items()
            ],
        )
        for piece in pieces
    ]


@given(JSON, LAYOUT)
def test_every_scalar_of_any_json_is_found_where_it_stands(
    value: object, layout: dict[str, object]
) -> None:
    """Whatever the nesting, layout and letters: each path leads to its own value."""
    text = json.dumps(value, **layout)  # type: ignore[arg-type]

    places = places_of(text)

    decoder = json.JSONDecoder()
    assert {path: decoder.raw_decode(text, at)[0] for path, at in places.items()} == scalars(value)


@pytest.mark.parametrize("text", ["", "{", '{"a": }', "8 out of 10", '{"a": 1} and more'])
def test_a_text_that_is_no_json_has_no_places(text: str) -> None:
    """A number is never searched for in prose."""
    with pytest.raises(ValueError, match=r"."):
        places_of(text)

    assert digits_of(text, spelled(*text)) == ()


def test_a_digit_carries_what_the_model_thought_there() -> None:
    """The distribution at the digit's own token."""
    tokens = spelled('{"', "novelty", '":', " ", "7", "}", of={"7": {"7": 0.5, "8": 0.3, "x": 0.1}})

    (digit,) = digits_of('{"novelty": 7}', tokens)

    assert digit.offset == 12
    assert digit.probabilities[7] == pytest.approx(0.5)
    assert digit.probabilities[8] == pytest.approx(0.3)
    assert math.fsum(digit.probabilities) == pytest.approx(0.8)


@pytest.mark.parametrize("piece", [" 7", ":7", "7}", " 7\n}", ": 7"])
def test_a_digit_may_be_joined_to_what_surrounds_it(piece: str) -> None:
    """Tokenizers that join space or punctuation to a digit are read all the same."""
    text = '{"a"' + (piece if ":" in piece else ":" + piece) + ("" if "}" in piece else "}")
    before, behind = text.split(piece, 1)
    of = {piece: {piece: 0.6, piece.replace("7", "4"): 0.2, "4": 0.1}}

    (digit,) = digits_of(text, spelled(*filter(None, (before, piece, behind)), of=of))

    assert text[digit.offset] == "7"
    assert digit.probabilities[4] == pytest.approx(0.3)


def test_letters_of_several_bytes_do_not_shift_a_digit() -> None:
    """A token that is half a letter counts by its bytes."""
    text = '{"β→": "é", "a": 3}'
    raw = text.encode()
    at = raw.index(b"3")
    halves = [
        Token(token="\ufffd", bytes=(byte,), logprob=-0.1, top_logprobs=()) for byte in raw[:at]
    ]
    tokens = [*halves, *spelled("3", "}", of={"3": {"3": 0.7}})]

    (digit,) = digits_of(text, tokens)

    assert text[digit.offset] == "3"


def test_digits_in_prose_and_longer_numbers_are_left_out() -> None:
    """`E2` in a reason, a 1 of 10 and a string "7" are no ratings."""
    text = '{"r": "E2 of 3", "n": 10, "s": "7", "f": 0.5, "a": 4}'
    tokens = spelled(*text, of={digit: {digit: 0.9} for digit in string.digits})

    found = digits_of(text, tokens)

    assert [text[digit.offset] for digit in found] == ["4"]


def test_tokens_that_do_not_spell_the_text_are_not_guessed_at() -> None:
    """Where one token differs, no digit of the reply is taken from the tokens."""
    text = '{"a": 1, "b": 2}'
    of = {"1": {"1": 0.9}, "2": {"2": 0.9}}

    assert digits_of(text, spelled('{"a": ', "1", ', "x": ', "2", "}", of=of)) == ()


def test_a_fence_that_the_server_takes_off_does_not_shift_a_digit() -> None:
    """llama.cpp strips a Markdown fence from the text and leaves its tokens."""
    text = '{"a": 1, "b": 2}'
    of = {"1": {"1": 0.9}, "2": {"2": 0.9}}

    found = digits_of(text, spelled("```json", "\n", *text, "\n```", "", of=of))

    assert [text[digit.offset] for digit in found] == ["1", "2"]


def test_a_token_without_alternatives_is_no_distribution() -> None:
    """One log-probability alone says nothing of the other nine digits."""
    alone = [token.model_copy(update={"top_logprobs": ()}) for token in spelled('{"a":', "5", "}")]

    assert digits_of('{"a":5}', alone) == ()


@pytest.mark.parametrize("told", [[{"token": 5}], "many", {"token": "5"}, [None]])
def test_alternatives_that_cannot_be_read_are_no_distribution(told: object) -> None:
    """Whatever an endpoint writes in their place, the digit alone counts."""
    broken = [
        token.model_copy(update={"top_logprobs": told}) for token in spelled('{"a":', "5", "}")
    ]

    assert digits_of('{"a":5}', broken) == ()


@pytest.mark.parametrize("logprob", [None, -9999.0])
def test_what_has_no_probability_has_no_mass(logprob: float | None) -> None:
    """Null and the provider's "never" are both nothing."""
    tokens = spelled('{"a":', "5", "}")
    never = [{"token": "6", "logprob": logprob}]
    tokens[1] = tokens[1].model_copy(update={"top_logprobs": never})

    (digit,) = digits_of('{"a":5}', tokens)

    assert digit.probabilities[6] == 0.0


def test_probabilities_beyond_one_are_not_believed() -> None:
    """An endpoint whose digits add up to two is not read."""
    of = {"5": {"5": 0.99, " 5": 0.99}}

    assert digits_of('{"a":5}', spelled('{"a":', "5", "}", of=of)) == ()


def test_digits_are_found_by_the_keys_of_their_object() -> None:
    """A reader asks for one object of the reply and gets its digits by key."""
    text = '{"verdict": {"ratings": {"novelty": 7, "safety": null}}, "x": 1}'
    tokens = spelled(*text, of={"7": {"7": 0.6, "6": 0.4}, "1": {"1": 1.0}})
    completion = Completion(
        call="c", text=text, finish="stop", usage=Usage(), digits=digits_of(text, tokens), model="m"
    )

    found = digits_at(completion, "verdict", "ratings")

    assert list(found) == ["novelty"]
    assert found["novelty"][7] == pytest.approx(0.6)
    assert digits_at(completion, "verdict") == {}


def test_a_real_reply_has_a_distribution_for_every_rating(
    server: Server, endpoint: Endpoint, journal: Notebook
) -> None:
    """From the endpoint's log-probabilities to digits by criterion, through the whole door."""
    server.traffic = Traffic(planted={"Rate it": 0.9})

    reply(call_to(endpoint), journal)

    completion = journal.entries[0].completion
    assert completion is not None
    found = digits_at(completion, "ratings")
    assert set(found) == {"novelty", "safety"}
    assert sum(found["novelty"][digit] for digit in (7, 8, 9)) > 0.5
