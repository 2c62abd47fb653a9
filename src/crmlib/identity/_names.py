"""Names in one spelling, and whether two of them can be one person's."""

from __future__ import annotations

import re
import unicodedata
from enum import IntEnum
from typing import Final

import attrs

from crmlib.identity._romanised import (
    HANGUL_SURNAMES,
    NAME_SYLLABLES,
    SURNAME_RANKS,
    SURNAMES,
    blur_sound,
    is_hangul,
    sound_of_hangul,
    sound_of_latin,
    sounds_fit,
    split_hangul,
)

MASKS: Final = (
    "[*\N{FULLWIDTH ASTERISK}\N{BLACK CIRCLE}\N{WHITE CIRCLE}\N{LARGE CIRCLE}\N{BULLET}]"
)
"""Signs that stand for hidden letters, as a pattern."""

_MASKS: Final = re.compile(MASKS)
_MASKING_LETTERS: Final = re.compile(
    "(?<=[가-힣])[OX\N{IDEOGRAPHIC NUMBER ZERO}ㅇ\N{HANGUL CHOSEONG IEUNG}]+(?=[가-힣]*$)",
    re.IGNORECASE,
)
_BRACKETS: Final = re.compile(r"\([^)]*\)|\[[^]]*\]|\([^)]*$")
_POLITE: Final = re.compile(r"(?<=..)(고객님|님|씨)$")
_WITHIN: Final = re.compile("(?<=\\w)['\u2018\u2019`-](?=\\w)")
_TITLES: Final = frozenset({"mr", "mrs", "ms", "miss", "dr"})
_NO_NAMES: Final = frozenset(
    {
        *(
            "고객",
            "구매자",
            "비회원",
            "주문자",
            "수취인",
            "받는분",
            "없음",
            "익명",
            "손님",
            "회원",
        ),
        *("테스트", "guest", "customer", "anonymous", "test", "none", "null", "unknown"),
        *("buyer", "user", "admin", "noname"),
    }
)
_SHORTEST_FOR_TYPOS: Final = 4
_SYLLABLES: Final = range(2, 4)


class Likeness(IntEnum):
    """How two names compare; where somebody has several, the largest answer counts."""

    UNKNOWN = 0
    DIFFERENT = 1
    ALIKE = 2
    SAME = 3
    EXACT = 4


@attrs.frozen(kw_only=True)
class Name:
    """A name in one spelling.

    Parameters
    ----------
    text : str
        Small letters without marks; words of Latin names in a fixed order.
    script : {"hangul", "latin", "other", "masked"}
        What it is written in.  A masked name never links; it can contradict.
    family, given : str
        Surname in Hangul and the rest as written; "" where no Korean surname shows.
    sound : str
        The given name by its sound, finely; see :func:`sounds_fit`.
    key : str
        Equal for all spellings of one name, in either script, and for some
        names that are much alike; "" for what is hardly a name.
    proper : bool
        Whether it looks like a full name, so that another one contradicts it.
    """

    text: str
    script: str
    family: str
    given: str
    sound: str
    key: str
    proper: bool


def read_name(text: str) -> Name | None:
    """Give *text* as a name, or None if it says "guest" or nothing.

    Examples
    --------
    >>> read_name("김 민준님").text, read_name("KIM, Min-jun").key, read_name("비회원")
    ('김민준', '김 mInjYn', None)
    """
    text = _show_masks(text)
    if _MASKS.search(text):
        return _read_masked(text)
    text = _BRACKETS.sub(" ", text.casefold())
    hangul = _POLITE.sub("", "".join(filter(is_hangul, text)))
    if hangul:
        return _read_hangul(hangul)
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    # Min-jun and O'Brien are one word each
    words = re.findall(r"[^\W\d_]+", _WITHIN.sub("", plain))
    words = [word for word in words if word not in _TITLES]
    joined = "".join(words)
    if len(joined) < 2 or joined in _NO_NAMES:  # noqa: PLR2004 -- a letter is no name
        return None
    if not joined.isascii():
        return _make("".join(sorted(words)), "other", proper=True)
    return _read_latin(words)


def is_masked(text: str) -> bool:
    """Tell whether letters of a name are hidden, be it behind the O or X of a Korean one.

    Examples
    --------
    >>> is_masked("홍*동"), is_masked("홍O동"), is_masked("홍길동"), is_masked("Oh Xaver")
    (True, True, False, False)
    """
    return _MASKS.search(_show_masks(text)) is not None


def compare_names(one: Name, other: Name) -> Likeness:
    """Say whether two names can be those of one person.

    ``EXACT`` is one spelling, ``SAME`` another one of the same name.

    Examples
    --------
    >>> compare_names(read_name("김민준"), read_name("Minjoon Kim")).name
    'SAME'
    >>> compare_names(read_name("김민준"), read_name("김민쥰")).name
    'ALIKE'
    >>> compare_names(read_name("김민준"), read_name("김서연")).name
    'DIFFERENT'
    """
    scripts = {one.script, other.script}
    if "masked" in scripts:
        likeness = _compare_masked(one, other)
    elif one == other:
        likeness = Likeness.EXACT
    elif scripts == {"hangul"}:
        likeness = _compare_hangul(one, other)
    elif scripts == {"latin"}:
        likeness = _compare_latin(one, other)
    elif scripts == {"hangul", "latin"} and one.family == other.family:
        likeness = _compare_given(one, other)
    else:
        comparable = "other" not in scripts or len(scripts) == 1
        likeness = Likeness.DIFFERENT if comparable else Likeness.UNKNOWN
    if likeness is Likeness.DIFFERENT and not (one.proper and other.proper):
        return Likeness.UNKNOWN
    return likeness


def is_slip(one: str, other: str) -> bool:
    """Tell whether two texts are equal but for one letter left out, or two swapped.

    A letter in place of another is no slip: it makes Minju of Minsu, her brother.

    Examples
    --------
    >>> is_slip("minjun", "mijnun"), is_slip("minjun", "minju"), is_slip("minsu", "minju")
    (True, True, False)
    """
    if len(one) > len(other):
        one, other = other, one
    start = next((i for i, letter in enumerate(one) if letter != other[i]), len(one))
    if len(one) + 1 == len(other):
        return one[start:] == other[start + 1 :]
    swapped = one[start : start + 2][::-1] == other[start : start + 2]
    return swapped and one[start + 2 :] == other[start + 2 :]


def _show_masks(text: str) -> str:
    """Give a text in one width, with asterisks for the letters that mask a name in Hangul."""
    text = unicodedata.normalize("NFKC", text).strip()
    return _MASKING_LETTERS.sub(lambda found: "*" * len(found[0]), text)


def _make(text: str, script: str, *, proper: bool) -> Name:
    """Give a name that is not taken apart."""
    key = text if proper else ""
    return Name(text=text, script=script, family="", given="", sound="", key=key, proper=proper)


def _read_masked(text: str) -> Name | None:
    """Read a name of which some letters are hidden, if it is Korean and its surname shows."""
    letters = "".join(letter for letter in text if is_hangul(letter) or _MASKS.match(letter))
    if len(letters) < _SYLLABLES.start or not is_hangul(letters[0]):
        return None
    tail = letters[-1:] if is_hangul(letters[-1]) else ""
    return Name(
        text=_MASKS.sub("*", letters),
        script="masked",
        family=split_hangul(letters[0])[0],
        given=tail,
        sound=sound_of_hangul(tail),
        key="",
        proper=True,
    )


def _read_hangul(text: str) -> Name | None:
    """Read a name in Hangul without spaces."""
    if text in _NO_NAMES or len(text) < _SYLLABLES.start:
        return None
    family, given = split_hangul(text)
    proper = len(text) - len(family) + 1 in _SYLLABLES and family in HANGUL_SURNAMES
    sound = sound_of_hangul(given)
    return Name(
        text=text,
        script="hangul",
        family=family,
        given=given,
        sound=sound,
        key=f"{family} {blur_sound(sound)}" if proper else "",
        proper=proper,
    )


def _read_latin(words: list[str]) -> Name:
    """Read a name in Latin letters; a Korean surname may stand first or last."""
    ends = [end for end in (-1, 0) if words[end] in SURNAMES]
    if len(words) == 1 or not ends:
        return _make(" ".join(sorted(words)), "latin", proper=len(words) > 1)
    # of two that could be the surname, the more common one is
    end = min(ends, key=lambda end: SURNAME_RANKS[SURNAMES[words[end]]])
    family, given = SURNAMES[words[end]], "".join(words[:-1] if end else words[1:])
    sound = sound_of_latin(given)
    return Name(
        text=f"{words[end]} {given}",
        script="latin",
        family=family,
        given=given,
        sound=sound,
        key=f"{family} {blur_sound(sound)}",
        proper=True,
    )


def _compare_hangul(one: Name, other: Name) -> Likeness:
    """Compare two names in Hangul: full names, given names, typing errors."""
    shorter, longer = sorted((one.text, other.text), key=len)
    if len(shorter) < len(longer) and longer.endswith(shorter):
        return Likeness.ALIKE
    if one.family != other.family or len(one.given) != len(other.given):
        return Likeness.DIFFERENT
    odd = [pair for pair in zip(one.given, other.given, strict=True) if pair[0] != pair[1]]
    typo = len(odd) == 1 < len(one.given) and not NAME_SYLLABLES.issuperset(odd[0])
    return Likeness.ALIKE if typo else Likeness.DIFFERENT


def _compare_latin(one: Name, other: Name) -> Likeness:
    """Compare two names in Latin letters: orders, spellings, initials, typing errors."""
    if one.family and one.family == other.family:
        return _compare_given(one, other)
    words, others = sorted((one.text.split(), other.text.split()), key=len)
    for word in words:
        match = next((each for each in others if _is_same_word(word, each)), None)
        if match is None:
            return Likeness.DIFFERENT
        others.remove(match)
    return Likeness.ALIKE


def _compare_given(one: Name, other: Name) -> Likeness:
    """Compare given names under one Korean surname, at least one of them in Latin letters."""
    if sounds_fit(one.sound, other.sound):
        return Likeness.SAME
    same = one.script == other.script
    return Likeness.ALIKE if same and _is_same_word(one.given, other.given) else Likeness.DIFFERENT


def _compare_masked(one: Name, other: Name) -> Likeness:
    """Say whether what a masked name shows contradicts the other one; it never confirms it."""
    if not (one.family and other.family):
        return Likeness.UNKNOWN
    # of a surname of two syllables a masked name shows one
    families_fit = one.family[0] == other.family[0]
    tails = [blur_sound(name.sound) for name in (one, other)]
    tails_fit = tails[0].endswith(tails[1]) or tails[1].endswith(tails[0])
    return Likeness.UNKNOWN if families_fit and tails_fit else Likeness.DIFFERENT


def _is_same_word(one: str, other: str) -> bool:
    """Tell whether two words can be one: equal, an initial, or a typing error apart."""
    if one == other or (1 in (len(one), len(other)) and one[0] == other[0]):
        return True
    return min(len(one), len(other)) >= _SHORTEST_FOR_TYPOS and is_slip(one, other)
