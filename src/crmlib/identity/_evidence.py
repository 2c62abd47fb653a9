"""What contacts tell of who somebody is: keys that link, names and dates that contradict."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np
import pandas as pd

from crmlib.identity._emails import is_nobody, read_email, to_mailbox
from crmlib.identity._names import MASKS, Name, is_masked, read_name
from crmlib.identity._phones import is_made_up, is_virtual, make_phone_reader
from crmlib.identity._postal import read_places, read_postal_code
from crmlib.identity._texts import read_distinct

if TYPE_CHECKING:
    import numpy.typing as npt

    from crmlib.identity._contacts import Contacts

_NOTHING: Final = -1

PLACE_SIDES: Final = (3, 1, 2, 3)
"""Of the columns of places: those by lot (1) and by road (2) link with the other side only."""


class Key(StrEnum):
    """What two accounts can share."""

    ACCOUNT_ID = "account id"
    EMAIL = "e-mail"
    PHONE = "phone"
    NAME_ADDRESS = "name + address"


@attrs.frozen(kw_only=True, eq=False)
class Evidence:
    """Everything that was read from the contacts.

    Parameters
    ----------
    keys : dict of Key to (codes, texts)
        Per row the place of its value among the texts (-1 without one).
        Name + address has a column for each kind of place, and its texts are
        places alone.
    names : list of Name
        Distinct names.
    name : ndarray of int, shape (n_rows,)
        Each row's name, -1 without one.
    emails, phones : Series of str, shape (n_rows,)
        Addresses that can be written to, in one spelling.
    unused : DataFrame of shape (n_reasons, 3)
        ``field``, ``reason`` and ``contacts``: cells that tell nothing.
    """

    keys: dict[Key, tuple[npt.NDArray[np.int64], list[str]]]
    names: list[Name]
    name: npt.NDArray[np.int64]
    emails: pd.Series[str]
    phones: pd.Series[str]
    unused: pd.DataFrame


def read_evidence(
    contacts: Contacts, *, region: str | None, gmail_dots: bool, plus_tags: bool
) -> Evidence:
    """Read names, keys and addresses, each distinct cell once."""
    rows = contacts.rows
    unused: list[tuple[str, str, int]] = []

    name, names = read_distinct(rows["name"], read_name)
    kind, kinds = read_distinct(rows["name"], is_masked)
    masked = np.array([*kinds, False])[kind]
    unused.append(("name", "masked", int(masked.sum())))
    no_name = (name == _NOTHING) & rows["name"].notna().to_numpy() & ~masked
    unused.append(("name", "no name", int(no_name.sum())))

    phones = _read_column(rows["phone"], make_phone_reader(region))
    virtual = rows["phone"].map(is_virtual, na_action="ignore").eq(True) & phones.isna()
    made_up = phones.map(is_made_up, na_action="ignore").eq(True).to_numpy()
    unread = phones.isna() & rows["phone"].notna() & ~virtual
    unused += [
        ("phone", "virtual number (050x)", int(virtual.sum())),
        ("phone", "made up", int(made_up.sum())),
        ("phone", "cannot be read", int(unread.sum())),
    ]
    phones = phones.mask(made_up)

    emails = _read_column(rows["email"], read_email)
    nobody = emails.map(is_nobody, na_action="ignore").eq(True).to_numpy()
    unread = emails.isna() & rows["email"].notna()
    unused += [
        ("e-mail", "made up", int(nobody.sum())),
        ("e-mail", "cannot be read", int(unread.sum())),
    ]
    emails = emails.mask(nobody)

    logins = rows["account_id"].mask(rows["account_id"].str.contains(MASKS, na=False))
    masked_logins = int(rows["account_id"].notna().sum() - logins.notna().sum())
    unused.append(("account id", "masked", masked_logins))
    logins = rows["sales_channel"].fillna("") + "\n" + logins.str.casefold()

    return Evidence(
        keys={
            Key.ACCOUNT_ID: read_distinct(logins, str),
            Key.EMAIL: read_distinct(
                emails, lambda text: to_mailbox(text, gmail_dots=gmail_dots, plus_tags=plus_tags)
            ),
            Key.PHONE: read_distinct(phones, str),
            Key.NAME_ADDRESS: _read_places(rows),
        },
        names=names,
        name=name,
        emails=emails,
        phones=phones,
        unused=pd.DataFrame(
            [cells for cells in unused if cells[2]], columns=["field", "reason", "contacts"]
        ),
    )


def _read_column(texts: pd.Series[str], read: Any) -> pd.Series[str]:
    """Read a column to another one of texts."""
    codes, answers = read_distinct(texts, read)
    return pd.Series([*answers, None], dtype="str").take(codes).set_axis(texts.index)


def _read_places(rows: pd.DataFrame) -> tuple[npt.NDArray[np.int64], list[str]]:
    """Give the places of each row, as many columns as a row can have."""
    codes = _read_column(rows["postal_code"], read_postal_code).fillna("")
    addresses, address_texts = pd.factorize(rows["address"])
    postal, postal_texts = pd.factorize(codes)
    address_list, postal_list = address_texts.tolist(), postal_texts.tolist()
    known = addresses >= 0
    both = np.where(known, addresses * len(postal_texts) + postal, _NOTHING)
    pairs, row_pair = np.unique(both, return_inverse=True)
    places: dict[str, int] = {}
    table = np.full((len(pairs), len(PLACE_SIDES)), _NOTHING)
    for line, pair in enumerate(pairs.tolist()):
        if pair != _NOTHING:
            address, code = divmod(pair, len(postal_list))
            found = read_places(postal_list[code], address_list[address])
            keys = (found.numbers, found.lot_door, found.road_door, found.text)
            for column, place in enumerate(keys):
                if place is not None:
                    table[line, column] = places.setdefault(place, len(places))
    return table[row_pair], list(places)
