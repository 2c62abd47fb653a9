"""Phone numbers as providers want to have them."""

from __future__ import annotations

import re
from typing import Final

from crmlib.exceptions import InvalidAddressError, InvalidParameterError

_KOREA: Final = "+82"
_E164: Final = re.compile(r"\+[1-9]\d{6,14}")


def korean_number(address: str) -> str:
    """Give a Korean number in E.164 as it is dialled in Korea.

    Raises
    ------
    InvalidAddressError
        If it is none, or one of another country; the text does not repeat it.

    Examples
    --------
    >>> korean_number("+821012345678")
    '01012345678'
    """
    country, number = split_number(address)
    if country != "82":
        raise InvalidAddressError("phone", "the channel reaches Korean numbers only")
    return number


def split_number(address: str) -> tuple[str, str]:
    """Give the country code of a number in E.164, and the number as it is dialled there.

    Raises
    ------
    InvalidAddressError
        If it is none; the text does not repeat it.

    Examples
    --------
    >>> split_number("+821012345678"), split_number("+12125552368")
    (('82', '01012345678'), ('1', '2125552368'))
    """
    if not _E164.fullmatch(address):
        raise InvalidAddressError("phone", "it is not written as +821012345678 is")
    if address.startswith(_KOREA):
        return "82", f"0{address.removeprefix(_KOREA)}"
    import phonenumbers  # noqa: PLC0415 -- 100 ms

    try:
        found = phonenumbers.parse(address)
    except phonenumbers.NumberParseException:
        raise InvalidAddressError("phone", "there is no such country code") from None
    return str(found.country_code), phonenumbers.national_significant_number(found)


def is_number(given: object, address: str) -> bool:
    """Say whether *given*, as a provider likes to write it, is the number *address* in E.164.

    Examples
    --------
    >>> is_number("+82 10-1234-5678", "+821012345678"), is_number("01012345678", "+821012345678")
    (True, True)
    >>> is_number("010-1234-5679", "+821012345678")
    False
    """
    digits = re.sub(r"[^0-9]", "", given) if isinstance(given, str) else ""
    return digits in {address.removeprefix("+"), split_number(address)[1]}


def read_sender_number(name: str, value: object) -> str:
    """Read the number that texts come from, as it is registered: digits only.

    Raises
    ------
    InvalidParameterError
        If there are none.

    Examples
    --------
    >>> read_sender_number("from_number", "02-1234-5678")
    '0212345678'
    """
    digits = re.sub(r"[\s-]", "", str(value))
    if not re.fullmatch(r"[0-9]{3,15}", digits):
        raise InvalidParameterError(name, value, "a number such as '02-1234-5678'")
    return digits
