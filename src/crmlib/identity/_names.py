"""Names in one spelling."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import attrs

from crmlib.identity._romanised import (
    HANGUL_SURNAMES,
    SURNAME_RANKS,
    SURNAMES,
    blur_sound,
    is_hangul,
    sound_of_hangul,
    sound_of_latin,
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
_SYLLABLES: Final = range(2, 4)


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
