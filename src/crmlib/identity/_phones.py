"""Phone numbers: E.164, and whether they can tell who somebody is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from crmlib.addresses import normalize_phone
from crmlib.exceptions import InvalidAddressError

if TYPE_CHECKING:
    from collections.abc import Callable

_MOBILE: Final = re.compile(r"(\+82[ -]?)?0?10([ .-]?)([0-9]{4})\2([0-9]{4})")
_VIRTUAL: Final = re.compile(r"(\+82[ -]?)?0?50[0-9]?[ .-]?[0-9]{3,4}[ .-]?[0-9]{4}")
_MADE_UP: Final = re.compile(r"([0-9])\1{6,}$|12345678$|00000$")


def make_phone_reader(region: str | None) -> Callable[[str], str | None]:
    """Give a function that reads a phone number to E.164, or None if it is none.

    Numbers of Korean mobiles in their usual spellings, nearly all that there
    are in Korean files, take a short way; it gives what
    :func:`crmlib.addresses.normalize_phone` gives (a test compares the two).

    Raises
    ------
    InvalidParameterError
        If *region* is no country.

    Examples
    --------
    >>> read_phone = make_phone_reader("KR")
    >>> read_phone("010-0123-4567"), read_phone("0502-1234-5678"), read_phone("ask me")
    ('+821001234567', None, None)
    """
    normalize_phone("+82 10-0123-4567", region)  # refuses a region that is none

    def read_phone(text: str) -> str | None:
        short = _MOBILE.fullmatch(text)
        if short and (short[1] or region == "KR"):
            return f"+8210{short[3]}{short[4]}"
        virtual = _VIRTUAL.fullmatch(text)
        if virtual and (virtual[1] or region == "KR"):
            return None  # as phonenumbers would find out in fifty times the time
        try:
            return normalize_phone(text, region)
        except InvalidAddressError:
            return None

    return read_phone


def is_virtual(text: str) -> bool:
    """Tell whether a number is one of the Korean ones (050x) that expire.

    Examples
    --------
    >>> is_virtual("0502-1234-5678"), is_virtual("+82 504 1234 5678"), is_virtual("010-0123-4567")
    (True, True, False)
    """
    return _VIRTUAL.fullmatch(text) is not None


def is_made_up(phone: str) -> bool:
    """Tell whether a number in E.164 is one that people type when they must type something.

    Examples
    --------
    >>> is_made_up("+821000000000"), is_made_up("+821012345678"), is_made_up("+821001234567")
    (True, True, False)
    """
    return _MADE_UP.search(phone) is not None
