"""Addresses in one spelling, so that one endpoint is one endpoint.

Holdouts, suppression lists and the ledger all compare normalised addresses.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

from crmlib.exceptions import InvalidAddressError, InvalidParameterError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def normalize_email(address: str) -> str:
    """Give *address* in lower case, its domain in Unicode, without a look-up.

    Upper and lower case in the local part name one mailbox with every large
    provider, so they are folded.

    Raises
    ------
    InvalidAddressError
        If it is no e-mail address; the text does not repeat it.

    Examples
    --------
    >>> normalize_email(" Mina.Kim@Example.COM ")
    'mina.kim@example.com'
    """
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415 -- 60 ms

    try:
        checked = validate_email(
            address.strip(), check_deliverability=False, test_environment=True
        )
    except EmailNotValidError as error:
        raise InvalidAddressError("email", _why(error, address)) from None
    return checked.normalized.lower()


def normalize_phone(number: str, region: str | None = None) -> str:
    """Give *number* in E.164.

    Parameters
    ----------
    number : str
        As people write it, the country code in front.
    region : str, optional
        ISO 3166 country of numbers without a country code.  By default they
        are refused: the same digits belong to somebody else in each country.

    Raises
    ------
    InvalidAddressError
        If it has no country code and there is no *region*, if it is no
        possible number, or a Korean virtual number (0500 to 0509), which
        expires and belongs to nobody.
    InvalidParameterError
        If *region* is no country.

    Examples
    --------
    >>> normalize_phone("+82 10-1234-5678"), normalize_phone("010-1234-5678", region="KR")
    ('+821012345678', '+821012345678')
    """
    import phonenumbers  # noqa: PLC0415 -- 100 ms

    if region is not None and region not in phonenumbers.SUPPORTED_REGIONS:
        raise InvalidParameterError("region", region, "an ISO 3166 country such as 'KR', or None")
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException as error:
        if error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE:
            problem = "its country code is missing or unknown; write it in front, as in +82 10 …"
            raise InvalidAddressError("phone", problem) from None
        raise InvalidAddressError("phone", f"it is no phone number ({error._msg})") from None  # noqa: SLF001
    national = str(parsed.national_number)
    # 050x, with seven digits behind or eight; longer ones have something else behind them
    if parsed.country_code == 82 and national.startswith("50") and len(national) >= 9:  # noqa: PLR2004
        raise InvalidAddressError("phone", "it is a virtual number (050x), which expires")
    possible = phonenumbers.is_possible_number_with_reason(parsed)
    if possible != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise InvalidAddressError("phone", "it is too long or too short for its country")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def normalize_token(token: str) -> str:
    """Give *token*, which some service made up, without the blanks around it.

    Upper and lower case differ.

    Raises
    ------
    InvalidAddressError
        If there are blanks or control characters in it, or letters beyond ASCII.

    Examples
    --------
    >>> normalize_token(" fMEP0:APA91b ")
    'fMEP0:APA91b'
    """
    stripped = token.strip()
    if not re.fullmatch(r"[!-~]{1,4096}", stripped):
        raise InvalidAddressError("token", "it is no token: blanks, or letters beyond ASCII")
    return stripped


NORMALIZERS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "email": normalize_email,
        "phone": normalize_phone,
        "chat_id": normalize_token,
        "push_token": normalize_token,
        "slack_id": normalize_token,
    }
)
"""How each address field of the profiles is brought into one spelling."""


def normalize_address(field: str, address: str) -> str:
    """Give *address* in the one spelling of its *field*.

    A phone number needs its country code.

    Raises
    ------
    UnknownNameError
        If crmlib knows no such field.
    InvalidAddressError
        If the address cannot be delivered to.
    """
    if field not in NORMALIZERS:
        raise UnknownNameError("address field", field, list(NORMALIZERS))
    return NORMALIZERS[field](address)


def _why(error: Exception, address: str) -> str:
    """Keep the reason of *error* and drop every part of *address* from it."""
    # what stands in quotes and is more than one character is a piece of the address
    text = re.sub(r"'[^']{2,}'", "…", str(error))
    for part in sorted(address.strip().split("@"), key=len, reverse=True):
        if len(part) > 2:  # noqa: PLR2004 -- shorter ones would blank out letters of the reason
            text = text.replace(part, "…")
    return text
