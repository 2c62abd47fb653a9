"""The people who buy: invented, with all that an order form asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.datasets import _people as people

if TYPE_CHECKING:
    import numpy.typing as npt

MAIL_DOMAINS = ("example.com", "example.org", "example.net")

HOUSEHOLDS = 0.06
"""Share of the people who live where the one before them lives."""

_CITIES = (
    ("서울특별시", "서울", "0"),
    ("경기도", "경기", "1"),
    ("인천광역시", "인천", "2"),
    ("대전광역시", "대전", "3"),
    ("부산광역시", "부산", "4"),
)
"""Name, short name, and first digit of the postal codes."""

_DISTRICTS = ("보기구", "예시구", "가상구", "견본구")
_ROADS = ("가상대로", "보기로", "예시길", "견본로", "시험대로")
_STATES = ("MA", "NH", "RI", "CT", "NJ")
_TOWNS = ("Sampleton", "Exampleville", "Placeholder Falls", "Testbury")


def draw_buyers(rng: np.random.Generator, n: int, country: str) -> pd.DataFrame:
    """Make up *n* people of a country.

    Returns
    -------
    DataFrame of str, shape (n, 11)
        ``person`` (P00001 and so on), ``name``, ``latin`` (given name and
        surname), ``account``, ``phone`` (national digits in the range 010-0,
        which nobody has), ``email``, ``postal_code``, and the parts of the
        address: ``city``, ``city_short``, ``street`` and ``flat``.  Some share
        an address; each phone number, account and e-mail address is of one.
    """
    numbers = np.arange(1, n + 1)
    female = rng.random(n) < 0.5  # noqa: PLR2004 -- every other one
    families = rng.integers(0, len(people.FAMILY_NAMES), n).tolist()
    givens = rng.integers(0, len(people.GIVEN_NAMES["female"]), n).tolist()
    name = _korean_name if country == "KR" else _english_name
    names = [name(*parts) for parts in zip(female.tolist(), families, givens, strict=True)]
    latin = [latin for _, latin in names]
    parts = [each.lower().replace(" ", ".") for each in latin]
    domains = np.array(MAIL_DOMAINS, dtype=object)[rng.integers(0, len(MAIL_DOMAINS), n)]
    columns = {
        "person": [f"P{number:05}" for number in numbers],
        "name": [written for written, _ in names],
        "latin": latin,
        "account": [
            f"{part.partition('.')[0]}{number:05}"
            for part, number in zip(parts, numbers, strict=True)
        ],
        "phone": [f"0100{number:07}" for number in numbers],
        "email": [
            f"{part}.{number}@{domain}"
            for part, number, domain in zip(parts, numbers, domains, strict=True)
        ],
    }
    where = _korean_addresses(rng, n) if country == "KR" else _english_addresses(rng, n)
    shared = np.flatnonzero(rng.random(n) < HOUSEHOLDS)
    shared = shared[shared > 0]
    where.iloc[shared] = where.iloc[shared - 1]
    return pd.DataFrame(columns).join(where).astype("str")


def _korean_name(female: bool, family: int, given: int) -> tuple[str, str]:
    hangul, latin = people.FAMILY_NAMES[family]
    own, own_latin = people.GIVEN_NAMES["female" if female else "male"][given]
    return hangul + own, f"{own_latin} {latin}".title()


def _english_name(female: bool, family: int, given: int) -> tuple[str, str]:
    first = people.ENGLISH_GIVEN_NAMES["female" if female else "male"][given]
    name = f"{first} {people.ENGLISH_FAMILY_NAMES[family]}"
    return name, name


def _korean_addresses(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Give addresses in streets that are not there."""
    cities = [_CITIES[place] for place in rng.integers(0, len(_CITIES), n)]
    codes = rng.integers(0, 10_000, n)
    streets = zip(
        _choose(rng, _DISTRICTS, n),
        _choose(rng, _ROADS, n),
        rng.integers(1, 400, n),
        strict=True,
    )
    flats = zip(
        rng.integers(101, 120, n), rng.integers(1, 26, n), rng.integers(1, 5, n), strict=True
    )
    return pd.DataFrame(
        {
            "postal_code": [
                f"{first}{code:04}" for (_, _, first), code in zip(cities, codes, strict=True)
            ],
            "city": [city for city, _, _ in cities],
            "city_short": [short for _, short, _ in cities],
            "street": [f"{district} {road} {number}" for district, road, number in streets],
            "flat": [f"{house}동 {floor}{door:02}호" for house, floor, door in flats],
        }
    )


def _english_addresses(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Give addresses in towns that are not there; postal codes up to 00499 are nobody's."""
    return pd.DataFrame(
        {
            "postal_code": [f"{code:05}" for code in rng.integers(1, 500, n)],
            "city": _choose(rng, _TOWNS, n),
            "city_short": _choose(rng, _STATES, n),
            "street": [f"{number} Example Street" for number in rng.integers(1, 400, n)],
            "flat": "",
        }
    )


def _choose(rng: np.random.Generator, words: tuple[str, ...], n: int) -> npt.NDArray[np.object_]:
    chosen: npt.NDArray[np.object_] = rng.choice(np.array(words, dtype=object), n)
    return chosen
