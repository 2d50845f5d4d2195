"""One key for every way of writing the same name: Greek, case, dashes, brackets, widths.

Does not know which names exist.
"""

import re
import unicodedata

_GREEK = {
    "α": ("alpha", "a"),
    "β": ("beta", "b"),
    "γ": ("gamma", "g"),
    "δ": ("delta", "d"),
    "ε": ("epsilon", "e"),
    "ζ": ("zeta", "z"),
    "η": ("eta", "h"),
    "θ": ("theta", "q"),  # HGNC writes theta as Q (PRKCQ) and eta as H (PRKCH)
    "ι": ("iota", "i"),
    "κ": ("kappa", "k"),
    "λ": ("lambda", "l"),
    "μ": ("mu", "m"),
    "ν": ("nu", "n"),
    "ξ": ("xi", "x"),
    "π": ("pi", "p"),
    "ρ": ("rho", "r"),
    "σ": ("sigma", "s"),
    "ς": ("sigma", "s"),
    "τ": ("tau", "t"),
    "υ": ("upsilon", "u"),
    "φ": ("phi", "f"),
    "χ": ("chi", "c"),
    "ψ": ("psi", "y"),
    "ω": ("omega", "o"),
}
_AS_WORD = str.maketrans({greek: word for greek, (word, _) in _GREEK.items()})
_AS_LETTER = str.maketrans({greek: letter for greek, (_, letter) in _GREEK.items()})
_SHORTEST_WORD = 3  # mu, nu, xi and pi are too short to be told from letters
_LETTER_OF = {word: letter for word, letter in _GREEK.values() if len(word) >= _SHORTEST_WORD}
_SPELLED_OUT = re.compile(
    r"(?<=[a-z0-9])[\s-]*(" + "|".join(sorted(_LETTER_OF, key=len, reverse=True)) + r")(?=[^a-z]|$)"
)

# Characters that are typed for Greek letters: sharp s, Latin alpha, gamma and epsilon, kra,
# Cyrillic ka; and every dash, prime and quotation mark that a word processor puts in.
_LOOKALIKES = str.maketrans(
    {
        **dict(zip("ßɑɣɛĸк", "βαγεκκ", strict=True)),
        **dict.fromkeys("‐‑‒–—―−﹘﹣", "-"),
        **dict.fromkeys("‘’‛′`´", "'"),
        **dict.fromkeys("“”„‟″", '"'),
        **dict.fromkeys("™®©", None),
    }
)
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u180e"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[^\w/]+(?=\d)")
_DROPPED = re.compile(r"(?<!\d)-|-(?!\d)|[\s_.:*^\"()\[\]{}]|\+(?!$)")
_NAMED = "|".join(_LETTER_OF)
_BESIDE_DIGIT = re.compile(
    rf"(?<=\d)(?={_NAMED})|(?<=alpha|gamma|delta|theta|kappa)(?=\d)|(?<=beta|zeta)(?=\d)"
)
_SHORTEST_LOOSE = 2
_TOKEN = re.compile(r"[^\W_]+")
_USUAL = {  # as HGNC writes them
    "tumour": "tumor", "oestr": "estr", "oesoph": "esoph", "haemo": "hemo", "haem": "heme",
    "leukaem": "leukem", "foet": "fet", "sulph": "sulf", "fibre": "fiber",
    "adenylyl": "adenylate", "guanylyl": "guanylate", "metalloproteinase": "metallopeptidase",
}  # fmt: skip
_UNUSUAL = re.compile("|".join(_USUAL))


def cleaned(text: str) -> str:
    """Return the text as a reader sees it: composed, without invisible characters.

    Full-width forms become plain ones, dashes and quotation marks the ones on a keyboard. Line
    breaks and tabs stay, as they separate targets.

    Example:
        >>> cleaned("ＴＤＰ–43\u200b")
        'TDP-43'
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    visible = _INVISIBLE.sub("", text.translate(_LOOKALIKES))
    return unicodedata.normalize("NFKC", visible).translate(_LOOKALIKES).strip()


def alike(one: str, other: str) -> bool:
    """Return whether two spellings differ in nothing but case."""
    return cleaned(one).casefold() == cleaned(other).casefold()


def key(text: str) -> str:
    """Return what all spellings of a name share, with Greek letters as words.

    Case and punctuation go, but for the charge of Ca2+ and signs that no name has. A mark between
    two digits stays as a hyphen (NKX2-5 is not NKX25), "/" or "," as "/" (CCL2/3 is not CCL23).

    Example:
        >>> key("NF-κB"), key("Nav1.7"), key("NKX2.5")
        ('nfkappab', 'nav1-7', 'nkx2-5')
    """
    return _bare(cleaned(text).casefold().translate(_AS_WORD))


def keys(text: str) -> tuple[str, ...]:
    """Return the keys to look up, best first: Greek letters as words, then as Latin letters.

    Example:
        >>> keys("GSK-3β"), keys("IL1beta")
        (('gsk3beta', 'gsk3b'), ('il1beta', 'il1b'))
    """
    plain = cleaned(text).casefold()
    spelled = plain if plain.isascii() else plain.translate(_AS_WORD)
    lettered = plain if plain.isascii() else plain.translate(_AS_LETTER)
    lettered = _SPELLED_OUT.sub(lambda word: _LETTER_OF[word[1]], lettered)
    found = (_bare(spelled),) if spelled == lettered else (_bare(spelled), _bare(lettered))
    return tuple(dict.fromkeys(each for each in found if each))


def tokens(text: str) -> str:
    """Return the words of a descriptive name in one order; a number stays with its word.

    Example:
        >>> tokens("alpha-synuclein") == tokens("synuclein alpha")
        True
        >>> tokens("interleukin 1 receptor type 2")
        'interleukin-1 receptor type-2'
    """
    words: list[str] = []
    for word in _TOKEN.findall(_plain(text)):
        if words and word[0].isdigit():
            words[-1] += f"-{word}"
        else:
            words.append(word)
    return " ".join(sorted(set(words)))


def loose_tokens(text: str) -> str:
    """Return the words with their one number free, or nothing where they hold none or several.

    Example:
        >>> loose_tokens("cannabinoid 1 receptor") == loose_tokens("cannabinoid receptor 1")
        True
    """
    words = _TOKEN.findall(_plain(text))
    numbers = sum(word[0].isdigit() for word in words)
    return " ".join(sorted({*words})) if numbers == 1 and len(words) > _SHORTEST_LOOSE else ""


def _plain(text: str) -> str:
    """Return a name in lower case, spelled as by HGNC, a number beside a Greek letter alone."""
    plain = cleaned(text).casefold().translate(_AS_WORD)
    return _BESIDE_DIGIT.sub(" ", _UNUSUAL.sub(lambda word: _USUAL[word[0]], plain))


def _bare(folded: str) -> str:
    if folded.isalnum():
        return folded
    joined = _BETWEEN_DIGITS.sub("-", folded.replace(",", "/"))
    return _DROPPED.sub("", joined)
