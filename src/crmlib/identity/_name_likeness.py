"""Whether two names can be one person's."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final

from crmlib.identity._romanised import NAME_SYLLABLES, blur_sound, sounds_fit

if TYPE_CHECKING:
    from crmlib.identity._names import Name

_SHORTEST_FOR_TYPOS: Final = 4


class Likeness(IntEnum):
    """How two names compare; where somebody has several, the largest answer counts."""

    UNKNOWN = 0
    DIFFERENT = 1
    ALIKE = 2
    SAME = 3
    EXACT = 4


def compare_names(one: Name, other: Name) -> Likeness:
    """Say whether two names can be those of one person.

    ``EXACT`` is one spelling, ``SAME`` another one of the same name.

    Examples
    --------
    >>> from crmlib.identity._names import read_name
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
