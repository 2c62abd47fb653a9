"""Under which names and addresses customers ordered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.addresses import normalize_phone
from crmlib.exceptions import InvalidAddressError
from crmlib.tables._cells import NO_ID, distinct, number_rows, read_texts, spread

if TYPE_CHECKING:
    from collections.abc import Sequence

CONTACT_FIELDS = (
    "account_id",
    "name",
    "email",
    "phone",
    "postal_code",
    "address",
    "gender",
    "birth_date",
)
"""What an order file may say of the customer, besides the id."""

CONTACT_COLUMNS = (
    "customer_id",
    "sales_channel",
    *CONTACT_FIELDS,
    "first_seen_at",
    "last_seen_at",
)
"""Columns of a contacts table."""

_KEYS = list(CONTACT_COLUMNS[:-2])


def make_contacts(
    lines: pd.DataFrame, table: pd.DataFrame, region: str | None = None
) -> pd.DataFrame:
    """Give each set of contact data under which a customer ordered.

    Parameters
    ----------
    lines : DataFrame of shape (n_lines, n_columns)
        Cells as they came, with any of :data:`CONTACT_FIELDS`.
    table : DataFrame of shape (n_lines, n_columns)
        The canonical transactions made of them, row for row.
    region : str, optional
        ISO 3166 country of phone numbers without a country code.

    Returns
    -------
    DataFrame of shape (n_contacts, 12)
        :data:`CONTACT_COLUMNS`; phones are E.164 where they could be read and
        as they were written elsewhere; NaN where nothing is known.
    """
    known = table["customer_id"].notna().to_numpy()
    table = table if known.all() else table[known]
    given = [name for name in CONTACT_FIELDS if name in lines]
    cells = lines[given] if known.all() else lines.loc[known, given]
    contacts = pd.DataFrame({"customer_id": table["customer_id"]})
    if "sales_channel" in table:
        contacts["sales_channel"] = table["sales_channel"]
    for name in given:
        texts = read_texts(cells[name], NO_ID, ids=name in {"account_id", "postal_code"})
        contacts[name] = texts.array
    if "phone" in contacts:
        contacts["phone"] = _read_phones(contacts["phone"], region)
    instants = table["ordered_at"]
    return _group(contacts.assign(first_seen_at=instants, last_seen_at=instants))


def join_contacts(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put contacts of several files together; equal ones become one row."""
    return _group(pd.concat(parts, ignore_index=True))


def _read_phones(column: pd.Series[str], region: str | None) -> pd.Series[str]:
    """Give phone numbers in E.164 where they are some."""
    codes, values = distinct(column)
    return pd.Series(
        spread([_read_phone(value, region) for value in values], codes, missing=None),
        index=column.index,
        dtype="str",
    )


def _read_phone(number: str, region: str | None) -> str:
    """Give one number in E.164, or as it was written."""
    try:
        return normalize_phone(number, region)
    except InvalidAddressError:
        return number


def _group(contacts: pd.DataFrame) -> pd.DataFrame:
    """Give equal contacts once, in the order of their first row, with the time they span."""
    codes = number_rows([contacts[name] for name in _KEYS if name in contacts])
    spans = contacts[["first_seen_at", "last_seen_at"]].groupby(codes)
    first = np.flatnonzero(~pd.Series(codes).duplicated().to_numpy())
    groups = contacts.iloc[first].reset_index(drop=True)
    groups["first_seen_at"] = spans["first_seen_at"].min()
    groups["last_seen_at"] = spans["last_seen_at"].max()
    nothing = pd.array([None], dtype="str").repeat(len(groups))
    return pd.DataFrame({name: groups.get(name, nothing) for name in CONTACT_COLUMNS})
