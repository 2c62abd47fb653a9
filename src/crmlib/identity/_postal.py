"""Postal addresses: what stays the same however one is typed."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import attrs

_BRACKETS: Final = re.compile(r"\([^)]*\)?|\[[^]]*\]?")
_NUMBER: Final = re.compile(r"[0-9]+")
_FLAT: Final = re.compile(
    r"(?<![0-9])([0-9]{1,4})(?:\s*동\s*|\s*dong[\s,]*|\s*-\s*)([0-9]{3,4})(?![0-9])"
)
# the number of the house: on a road or a lane, or of a lot (737-32)
_BY_ROAD: Final = re.compile(
    r"(?:로|길)\s*(?:[0-9]+번길\s*)?[0-9]+(?:-[0-9]+)?"
    r"|[0-9]+(?:-[0-9]+)?,?\s+[a-z][a-z-]*-(?:ro|gil)\b(?:\s*[0-9]+beon-gil)?"
)
_BY_LOT: Final = re.compile(r"[동리가]\s+[0-9]+(?:-[0-9]+)?(?=\W|$)")
_UNITS: Final = re.compile(r"(?<=[0-9])(동|호|dong|ho)(?![가-힣a-z])")
_MARKS: Final = re.compile(r"[\W_]+")
_CITY: Final = re.compile(
    r"^(서울|부산|대구|인천|광주|대전|울산|세종)(특별자치시|특별시|광역시|시)?(?=\s)"
)
_PROVINCE: Final = re.compile(
    r"^(경기|강원|충청북|충청남|전라북|전라남|전북|경상북|경상남|제주)(특별자치도|도)?(?=\s)"
)
_SHORT: Final = {
    "충청북": "충북",
    "충청남": "충남",
    "전라북": "전북",
    "전라남": "전남",
    "경상북": "경북",
    "경상남": "경남",
}
_POSTAL_DIGITS: Final = 5


def read_postal_code(text: str) -> str | None:
    """Give a postal code without ornaments, or None if there is none.

    Digits that a spreadsheet took for a number get their zeros back.

    Examples
    --------
    >>> read_postal_code("'06236"), read_postal_code("6236.0"), read_postal_code("SW1A 1AA")
    ('06236', '06236', 'SW1A1AA')
    """
    text = re.sub(r"\.0$", "", unicodedata.normalize("NFKC", text).strip())
    code = "".join(filter(str.isalnum, text)).upper()
    if code.isdecimal() and len(code) < _POSTAL_DIGITS:
        code = code.zfill(_POSTAL_DIGITS)
    return code.strip() or None


@attrs.frozen(kw_only=True)
class Places:
    """The keys under which a home can be found again; None where the address has none.

    Parameters
    ----------
    numbers : str or None
        Postal code and all numbers, in any order: they are the same in every
        script and for every order of the parts.
    lot_door, road_door : str or None
        Postal code, building and door, of an address by lot or by road: one
        home has both, with other house numbers.
    text : str or None
        All letters and digits, for who left the postal code out.
    """

    numbers: str | None = None
    lot_door: str | None = None
    road_door: str | None = None
    text: str | None = None


def read_places(postal_code: str, address: str) -> Places:
    """Give the keys of an address as it was typed; *postal_code* is "" if unknown.

    Examples
    --------
    >>> places = read_places("06236", "서울특별시 강남구 한빛로 152 (새봄동), 101동 1203호")
    >>> places.numbers, places.road_door, places.text
    ('06236 101 152 1203', '06236 101-1203', '서울강남구한빛로1521011203')
    >>> read_places("06236", "101-1203, 152, Hanbit-ro, Gangnam-gu, Seoul").numbers
    '06236 101 152 1203'
    >>> read_places("06236", "서울 강남구 새봄동 737-32, 101-1203").lot_door
    '06236 101-1203'
    """
    text = _BRACKETS.sub(" ", unicodedata.normalize("NFKC", address).casefold()).strip()
    text = _CITY.sub(r"\1", text)
    text = _PROVINCE.sub(lambda found: _SHORT.get(found[1], found[1]), text)
    numbers = [number.lstrip("0") or "0" for number in _NUMBER.findall(text)]
    numbers = [number for number in numbers if number != postal_code.lstrip("0")]
    if not numbers:
        return Places()
    # 101동 1203호, 101-1203 and 101동1203호 are one door
    whole = _UNITS.sub("", _MARKS.sub(" ", text))
    whole = whole.replace(" ", "")
    if not postal_code:
        return Places(text=whole)
    doors = {}
    for kind, house in (("road_door", _BY_ROAD), ("lot_door", _BY_LOT)):
        if found := house.search(text):
            rest = f"{text[: found.start()]} {text[found.end() :]}"
            flat = _FLAT.search(rest)
            door = "-".join(flat.groups()) if flat else " ".join(_NUMBER.findall(rest))
            doors[kind] = f"{postal_code} {door}".strip()
            break
    return Places(
        numbers=f"{postal_code} {' '.join(sorted(numbers, key=int))}", text=whole, **doors
    )
