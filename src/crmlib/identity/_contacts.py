"""Contacts as they come, and the accounts that they belong to."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Protocol

import attrs
import numpy as np
import pandas as pd

from crmlib.exceptions import DataQualityWarning
from crmlib.identity._texts import read_texts
from crmlib.tables import check_columns, check_profiles

if TYPE_CHECKING:
    import numpy.typing as npt

ID_COLUMNS = ("customer_id", "account_id", "postal_code", "phone")
TEXT_COLUMNS = ("sales_channel", *ID_COLUMNS, "name", "email", "address")
FACT_COLUMNS = ("gender", "birth_date")
TIME_COLUMNS = ("first_seen_at", "last_seen_at")

NEVER = np.iinfo(np.int64).max
"""Stands for the time of what was seen at no known time."""


class HasContacts(Protocol):
    """Orders, or whatever else has a table of contacts."""

    @property
    def contacts(self) -> pd.DataFrame:
        """A row per set of contact data of a customer."""


@attrs.frozen(kw_only=True, eq=False)
class Contacts:
    """Contacts row by row, and the accounts.

    Parameters
    ----------
    rows : DataFrame of shape (n_rows, n_columns)
        All columns that a contact may have, and those that came besides.
    account : ndarray of int, shape (n_rows,)
        Each row's place among the accounts.
    accounts : DataFrame of shape (n_accounts, 2)
        ``sales_channel`` (NaN if unknown) and ``customer_id``, sorted.
    rank : ndarray of int, shape (n_accounts,)
        0 for the account seen first, ties in the order of *accounts*.
    """

    rows: pd.DataFrame
    account: npt.NDArray[np.int64]
    accounts: pd.DataFrame
    rank: npt.NDArray[np.int64]


def read_contacts(given: HasContacts | pd.DataFrame) -> Contacts:
    """Read *given* and number its accounts in an order of their own.

    Raises
    ------
    MissingColumnsError
        If there is no ``customer_id``.

    Warns
    -----
    DataQualityWarning
        Counts rows without ``customer_id`` (left out), and birth dates that
        cannot be read (emptied).
    """
    frame = given if isinstance(given, pd.DataFrame) else given.contacts
    if frame.index.name == "customer_id" and "customer_id" not in frame:
        frame = frame.reset_index()
    check_columns("accounts", frame, ["customer_id"])
    frame = frame.reset_index(drop=True)
    rows = pd.DataFrame(index=frame.index)
    for name in TEXT_COLUMNS:
        cells = frame[name] if name in frame else pd.Series(index=frame.index, dtype="str")
        rows[name] = read_texts(cells, ids=name in ID_COLUMNS)
    for name in TIME_COLUMNS:
        times = frame[name] if name in frame else pd.Series(pd.NaT, index=frame.index)
        rows[name] = pd.to_datetime(times, utc=True, errors="coerce", format="ISO8601").dt.as_unit(
            "us"
        )
    facts = frame[[name for name in FACT_COLUMNS if name in frame]]
    facts = check_profiles(facts.assign(customer_id=np.arange(len(frame))))
    rows["gender"] = facts.get("gender", pd.Series(index=rows.index, dtype="str"))
    born = facts.get("birth_date", pd.Series(pd.NaT, index=rows.index))
    rows["birth_date"] = born.dt.as_unit("us")
    rows = rows.join(frame.drop(columns=[name for name in rows if name in frame]))
    nameless = rows["customer_id"].isna()
    if nameless.any():
        text = f"{int(nameless.sum()):,} contacts without customer_id are left out"
        warnings.warn(text, DataQualityWarning, stacklevel=3)
        rows = rows[~nameless].reset_index(drop=True)
    return _number_accounts(rows)


def _number_accounts(rows: pd.DataFrame) -> Contacts:
    """Sort the accounts, so that the order of the rows means nothing."""
    channels, channel_names = pd.factorize(rows["sales_channel"].fillna(""), sort=True)
    ids, id_names = pd.factorize(rows["customer_id"], sort=True)
    pairs, account = np.unique(channels * max(len(id_names), 1) + ids, return_inverse=True)
    names = pd.Series(channel_names, dtype="str").replace("", None)
    accounts = pd.DataFrame(
        {
            "sales_channel": names.take(pairs // max(len(id_names), 1)).array,
            "customer_id": pd.Series(id_names, dtype="str")
            .take(pairs % max(len(id_names), 1))
            .array,
        }
    )
    seen = np.full(len(accounts), NEVER)
    np.minimum.at(seen, account, to_integers(rows["first_seen_at"], missing=NEVER))
    rank = np.empty(len(accounts), dtype=np.int64)
    rank[np.lexsort((np.arange(len(accounts)), seen))] = np.arange(len(accounts))
    return Contacts(rows=rows, account=account, accounts=accounts, rank=rank)


def to_integers(column: pd.Series[pd.Timestamp], *, missing: int) -> npt.NDArray[np.int64]:
    """Give instants as microseconds, *missing* where there is none."""
    numbers = column.to_numpy(dtype="datetime64[us]").astype(np.int64)
    return np.where(column.isna().to_numpy(), missing, numbers)
