"""Which customer of a sales channel a line belongs to, where no column says it."""

from __future__ import annotations

import re
import unicodedata
from hashlib import blake2b
from typing import TYPE_CHECKING

import pandas as pd

from crmlib.addresses import normalize_email, normalize_phone
from crmlib.exceptions import InvalidAddressError
from crmlib.tables import NO_ID, read_texts

if TYPE_CHECKING:
    from collections.abc import Callable

MASK = "[*\N{FULLWIDTH ASTERISK}\N{BLACK CIRCLE}\N{WHITE CIRCLE}\N{LARGE CIRCLE}\N{BULLET}]"
"""A sign that stands for letters which are hidden."""

_MASK = re.compile(MASK)
_MASKED_NAME = re.compile("[가-힣]+[OXox\N{IDEOGRAPHIC NUMBER ZERO}ㅇ]+[가-힣]*")
"""A Korean name whose hidden letters are those, as 홍O동."""


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
        ("account_id", str),
        ("email", _read_email),
        ("phone", lambda text: _read_phone(text, region)),
    ):
        if column in lines:
            texts = read_texts(lines[column], NO_ID, ids=True)
            accounts = accounts.fillna(_per_value(texts, read).set_axis(lines.index))
    if "name" in lines and ("postal_code" in lines or "address" in lines):
        accounts = accounts.fillna(_read_addresses(lines).set_axis(lines.index))
    return f"{channel}:" + accounts


def _per_value(texts: pd.Series[str], read: Callable[[str], str | None]) -> pd.Series[str]:
    """Read each distinct text once; those that are masked tell nobody."""
    codes, values = pd.factorize(texts)
    answers = [None if _MASK.search(text) else read(text) for text in values]
    return pd.Series(pd.array(answers, dtype="str").take(codes, allow_fill=True))


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


def _read_addresses(lines: pd.DataFrame) -> pd.Series[str]:
    """Give a name for the person of a name at a postal code and address, if all are told."""
    name, code, address = (
        _per_value(read_texts(lines[column], NO_ID, ids=True), read).fillna("")
        if column in lines
        else pd.Series("", index=range(len(lines)), dtype="str")
        for column, read in (
            ("name", _read_name),
            ("postal_code", plain_text),
            ("address", plain_text),
        )
    )
    told = (name != "") & (code + address != "")
    return _per_value((name + "|" + code + "|" + address).where(told), _digest)


def _read_name(text: str) -> str | None:
    return None if _MASKED_NAME.fullmatch(text) else plain_text(text)


def plain_text(text: str) -> str:
    """Give the letters and digits of a text, in one width and case."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if character.isalnum())


def _digest(text: str) -> str:
    """Give a short name for a text that does not show it."""
    return "~" + blake2b(text.encode(), digest_size=8).hexdigest()
