"""How people type their names, numbers and addresses: differently each time.

Each function takes what is meant and numbers from 0 to 1 (*luck*), drawn
beforehand, and gives what was typed.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Final, TypeVar

from crmlib.datasets import _korean_places as places
from crmlib.datasets._residents import FLAT, HOUSE, Homes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

T = TypeVar("T")

_SYLLABLES: Final = range(0xAC00, 0xD7A4)
_FINALS, _VOWELS = 28, 21

_PHONES: Final = {
    "010-{}-{}": 60,
    "010{}{}": 25,
    "010 {} {}": 10,
    "010.{}.{}": 2,
    "+82 10-{}-{}": 3,
}
_LATIN_NAMES: Final = {"{given} {family}": 75, "lower": 10, "upper": 10, "{family} {given}": 5}
_STREETS: Final = {" ": 90, "": 10}
_FLATS: Final = {"{}동 {}호": 55, "{}-{}": 25, "{}동{}호": 20}
_VILLAS: Final = {"{}호": 80, "{}": 20}
_LATIN_STREETS: Final = {"{}, {}": 60, "{} {}": 40}
_LATIN_FLATS: Final = {"{}-{}": 60, "{}dong {}ho": 40}
_LATIN_VILLAS: Final = {"{}ho": 50, "#{}": 50}
_BY_LOT = 0.08
_SHORT_PROVINCE = 0.5
_NOTE_FIRST = 0.5


def pick(luck: float, shares: Mapping[T, float]) -> T:
    """Give the choice that *luck* falls on, each as often as its share says.

    Examples
    --------
    >>> [pick(luck, {"often": 90, "seldom": 10}) for luck in (0.0, 0.899, 0.95)]
    ['often', 'often', 'seldom']
    """
    wanted = luck * sum(shares.values())
    return next(
        choice
        for choice, reach in zip(shares, accumulate(shares.values()), strict=True)
        if wanted < reach
    )


def mistype_hangul(text: str, luck: float) -> str:
    """Give *text* with the vowel of one syllable taken for its neighbour.

    Examples
    --------
    >>> mistype_hangul("김민준", 0.9)
    '김민쥰'
    """
    spots = [spot for spot, letter in enumerate(text) if ord(letter) in _SYLLABLES]
    if not spots:
        return text
    spot = spots[int(luck * len(spots))]
    code = ord(text[spot]) - _SYLLABLES.start
    lead, vowel, final = code // (_VOWELS * _FINALS), code // _FINALS % _VOWELS, code % _FINALS
    vowel = (vowel + int(luck * 5)) % _VOWELS if luck > 1 / 5 else (vowel + 1) % _VOWELS
    code = (lead * _VOWELS + vowel) * _FINALS + final
    return f"{text[:spot]}{chr(_SYLLABLES.start + code)}{text[spot + 1 :]}"


def mistype_digit(text: str, luck: float) -> str:
    """Give *text* with one of its last four digits struck wrongly.

    Examples
    --------
    >>> mistype_digit("010-0123-4567", 0.4)
    '010-0123-4507'
    """
    spots = [spot for spot, letter in enumerate(text) if letter.isdecimal()][-4:]
    if not spots:
        return text
    spot = spots[-1 - int(luck * len(spots))]
    digit = (int(text[spot]) + 1 + int(luck * 8)) % 10
    return f"{text[:spot]}{digit}{text[spot + 1 :]}"


def mistype_latin(text: str, luck: float) -> str:
    """Give *text* with two neighbouring letters swapped.

    Examples
    --------
    >>> mistype_latin("minjun", 0.5)
    'mijnun'
    """
    spot = int(luck * (len(text) - 1))
    return f"{text[:spot]}{text[spot + 1]}{text[spot]}{text[spot + 2 :]}"


def write_phone(number: int, luck: float) -> str:
    """Give a number of 010-0…, where nobody has one, in one of the usual spellings.

    Examples
    --------
    >>> [write_phone(1234567, luck) for luck in (0.1, 0.7, 0.9, 0.96, 0.99)]
    ['010-0123-4567', '01001234567', '010 0123 4567', '010.0123.4567', '+82 10-0123-4567']
    """
    digits = f"{number:08}"
    return pick(luck, _PHONES).format(digits[:4], digits[4:])


def write_latin_name(given: str, family: str, luck: float) -> str:
    """Give a name in Latin letters, the given name mostly in front.

    Examples
    --------
    >>> [write_latin_name("Minjun", "Kim", luck) for luck in (0.1, 0.8, 0.9, 0.97)]
    ['Minjun Kim', 'minjun kim', 'KIM MINJUN', 'Kim Minjun']
    """
    form = pick(luck, _LATIN_NAMES)
    if form == "lower":
        return f"{given} {family}".lower()
    if form == "upper":
        return f"{family} {given}".upper()
    return form.format(given=given, family=family)


def write_address(
    homes: Homes, home: int, style: Sequence[float], luck: Sequence[float], *, door: bool = True
) -> str:
    """Give an address in Korean as a search form fills it in and people complete it.

    Parameters
    ----------
    homes : Homes
        Where people live.
    home : int
        Which of them.
    style : sequence of float, length 3
        What stays the same in one account: by road or by lot, how the
        province is written, whether a note in brackets follows the street.
    luck : sequence of float, length 2
        What differs each time: how building and door are written, spaces.
    door : bool, default=True
        Whether they are written at all.
    """
    district, road, lane, number = locate(homes, home)
    province, area, _ = places.DISTRICTS[district]
    if style[1] < _SHORT_PROVINCE:
        options = places.SHORT_PROVINCES[province]
        province = options[int(style[1] / _SHORT_PROVINCE * len(options))]
    quarter = places.QUARTERS[home % len(places.QUARTERS)]
    street = f"{places.ROADS[road][0]}{pick(luck[1], _STREETS)}{lane and f'{lane}번길 '}{number}"
    if style[0] < _BY_LOT:
        street = f"{quarter} {100 + home % 800}-{1 + home % 40}"
    estate = places.VILLAGES[home % len(places.VILLAGES)]
    note = f"({quarter}, {estate})" if homes.kind[home] == FLAT else f"({quarter})"
    unit = _write_door(homes, home, luck[0], _FLATS, _VILLAS) if door else ""
    if style[2] < _NOTE_FIRST:  # forms differ in where the note goes
        return " ".join(filter(None, (province, area, street, note, unit)))
    return ", ".join(filter(None, (f"{province} {area} {street}", unit)))


def write_latin_address(
    homes: Homes, home: int, luck: Sequence[float], *, door: bool = True
) -> str:
    """Give an address in Latin letters, the smallest unit first; *luck* has length 2."""
    district, road, lane, number = locate(homes, home)
    street = f"{places.ROADS[road][1]}{lane and f' {lane}beon-gil'}"
    street = pick(luck[1], _LATIN_STREETS).format(number, street)
    unit = _write_door(homes, home, luck[0], _LATIN_FLATS, _LATIN_VILLAS) if door else ""
    return ", ".join(filter(None, (unit, street, places.DISTRICTS[district][2])))


def write_postal_code(homes: Homes, home: int) -> str:
    """Give the postal code of a home: five digits, of which the first may be 0."""
    return f"{1000 + int(homes.zone[home]) * 2:05}"


def locate(homes: Homes, home: int) -> tuple[int, int, str, int]:
    """Give district and road (places in their lists), lane ("" on the road) and house number."""
    rest = int(homes.zone[home]) // places.BLOCKS
    lane = places.LANES[rest % len(places.LANES)]
    rest //= len(places.LANES)
    district, road = divmod(rest, len(places.ROADS))
    return district, road, lane, int(homes.number[home])


def _write_door(
    homes: Homes,
    home: int,
    luck: float,
    flats: Mapping[str, float],
    villas: Mapping[str, float],
) -> str:
    """Give building and door, as people write them in a field of their own."""
    if homes.kind[home] == HOUSE:
        return ""
    if homes.kind[home] == FLAT:
        return pick(luck, flats).format(homes.building[home], homes.door[home])
    return pick(luck, villas).format(homes.door[home])
