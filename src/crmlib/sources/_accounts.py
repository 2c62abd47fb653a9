"""Which customer of a sales channel a line belongs to, where no column says it."""

from __future__ import annotations

import re
import unicodedata
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmlib.addresses import normalize_email, normalize_phone
from crmlib.exceptions import InvalidAddressError

if TYPE_CHECKING:
    from collections.abc import Callable

_MASK = re.compile("[*\N{FULLWIDTH ASTERISK}\N{BLACK CIRCLE}\N{WHITE CIRCLE}]")
_NOTHING = frozenset({"", "nan", "none", "null", "n/a", "<na>", "-", "--"})


def name_accounts(lines: pd.DataFrame, channel: str, region: str | None) -> pd.Series[str]:
    """Give each line the account that it was ordered under, within its sales channel.

    Parameters
    ----------
    lines : DataFrame of shape (n_lines, n_columns)
        Cells, with any of ``account_id``, ``email``, ``phone``, ``name``,
        ``postal_code`` and ``address``.
    channel : str
        Stands in front of every id, as ids count within their channel.
    region : str, optional
        ISO 3166 country of phone numbers without a country code.

    Returns
    -------
    Series of str, shape (n_lines,)
        ``channel:id`` where there is an account id; else ``channel:~digest``
        of the e-mail address, the phone number, or the name with postal code
        and address, whichever is there first.  NaN where nothing tells people
        apart: masked names and ids (``nurs*****``) and virtual phone numbers
        (050x) tell nobody.
    """
    accounts = pd.Series(index=lines.index, dtype="str")
    for column, read in (
        ("account_id", _read_id),
        ("email", _read_email),
        ("phone", lambda text: _read_phone(text, region)),
    ):
        if column in lines:
            accounts = accounts.fillna(_per_value(lines[column], read))
    if "name" in lines and ("postal_code" in lines or "address" in lines):
        accounts = accounts.fillna(_per_value(_join_address(lines), _digest))
    return f"{channel}:" + accounts


def _per_value(column: pd.Series[Any], read: Callable[[str], str | None]) -> pd.Series[str]:
    """Read each distinct cell once."""
    texts = column.astype("str").str.strip()
    known = {text: read(text) for text in texts.dropna().unique() if _tells(text)}
    return texts.map(known).astype("str")


def _tells(text: str) -> bool:
    """Tell whether a cell holds something that is not masked."""
    return text.lower() not in _NOTHING and not _MASK.search(text)


def _read_id(text: str) -> str:
    return text.removesuffix(".0") if text.removesuffix(".0").isdigit() else text


def _read_email(text: str) -> str | None:
    try:
        return _digest(normalize_email(text))
    except InvalidAddressError:
        return None


def _read_phone(text: str, region: str | None) -> str | None:
    try:
        return _digest(normalize_phone(text, region))
    except InvalidAddressError:
        return None


def _join_address(lines: pd.DataFrame) -> pd.Series[str]:
    """Put name, postal code and address into one text, without spaces and signs."""
    name, code, address = (
        lines[column].astype("str").fillna("").map(_plain)
        if column in lines
        else pd.Series("", index=lines.index)
        for column in ("name", "postal_code", "address")
    )
    complete = (name != "") & (code + address != "")
    masked = lines["name"].astype("str").str.contains(_MASK, na=True)
    return (name + "|" + code + "|" + address).where(complete & ~masked)


def _plain(text: str) -> str:
    """Give the letters and digits of a text, in one width and case."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if character.isalnum())


def _digest(text: str) -> str:
    """Give a short name for a text that does not show it."""
    return "~" + blake2b(text.encode(), digest_size=8).hexdigest()
