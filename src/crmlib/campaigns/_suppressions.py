"""The list of addresses that must get nothing: read wholly, or refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from crmlib.addresses import normalize_address
from crmlib.exceptions import InvalidAddressError, InvalidParameterError

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHOWN: Final = 10
# the reader of numbers takes the first that it finds in a text, and would lose the second
_ONE_NUMBER: Final = re.compile(r"[\s\d+\uff0b().\-]+")


def check_suppressions(suppressions: Iterable[str] | None) -> list[str]:
    """Give *suppressions* as a list, each of them an address.

    An entry that cannot be read would lose a refusal in silence, so one is
    enough to refuse them all.

    Raises
    ------
    InvalidParameterError
        If it is one text, or an entry is no address of any field; the text
        holds the places of such entries and not the entries.
    """
    if isinstance(suppressions, str):
        raise InvalidParameterError(
            "suppressions", "one text", "a list of addresses; put a single one in a list"
        )
    listed = [] if suppressions is None else list(suppressions)
    strange = [place for place, entry in enumerate(listed) if not _is_address(entry)]
    if strange:
        shown = ", ".join(map(str, strange[:_SHOWN])) + (", …" if strange[_SHOWN:] else "")
        raise InvalidParameterError(
            "suppressions",
            f"{len(strange)} of {len(listed)} that are none, at the positions {shown}",
            "plain addresses, such as mina@example.com or +82 10 1234 5678 (with country code)",
        )
    return listed


def _is_address(entry: object) -> bool:
    if not isinstance(entry, str):
        return False
    if "@" not in entry and not _ONE_NUMBER.fullmatch(entry):
        return False
    try:
        normalize_address("email" if "@" in entry else "phone", entry)
    except InvalidAddressError:
        return False
    return True
