"""One id for each person, the same in every run as long as it can be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import numpy.typing as npt

    from crmlib.identity._contacts import Contacts

MERGE_COLUMNS: Final = ("run", "change", "old_id", "new_id", "key", "value")
MERGED, SPLIT = "merged", "split"

_NOBODY: Final = -1


@attrs.frozen(kw_only=True, eq=False)
class PersonIds:
    """The ids of this run.

    Parameters
    ----------
    ids : Series of str, shape (n_people,)
        By group.
    old : Series of str, shape (n_accounts,)
        The id that each account had before; NaN for new ones.
    merges : DataFrame of shape (n_changes, 3)
        ``change``, ``old_id`` and ``new_id`` of this run.
    """

    ids: pd.Series[str]
    old: pd.Series[str]
    merges: pd.DataFrame


def name_people(
    label: npt.NDArray[np.int64], contacts: Contacts, known: pd.DataFrame, taken: set[str]
) -> PersonIds:
    """Give each group an id, its old one where it has one.

    Parameters
    ----------
    label : ndarray of int, shape (n_accounts,)
        The group of each account.
    contacts : Contacts
        The accounts, and which was seen first.
    known : DataFrame of shape (n_known, 3)
        ``sales_channel``, ``customer_id`` and ``person_id`` of earlier runs.
    taken : set of str
        Ids that were ever given, and are given to nobody else.
    """
    accounts = contacts.accounts
    old = accounts.merge(known, "left", on=["sales_channel", "customer_id"])["person_id"]
    codes, old_ids = pd.factorize(old, sort=True)
    heirs = _find_heirs(label, codes, contacts.rank)
    n = int(label.max(initial=_NOBODY)) + 1
    ids = np.full(n, None, dtype=object)
    home = heirs[~heirs["code"].duplicated()]  # where most accounts of an old person are
    survivors = home.sort_values("rank")
    survivors = survivors[~survivors["label"].duplicated()]
    ids[survivors["label"]] = old_ids[survivors["code"]]
    fresh = np.flatnonzero([name is None for name in ids])
    ids[fresh] = _make_ids(fresh, label, contacts, taken | set(old_ids))
    merged = home[~home.index.isin(survivors.index)]
    split = heirs[heirs["code"].duplicated()]
    changes = pd.DataFrame(
        {
            "change": [MERGED] * len(merged) + [SPLIT] * len(split),
            "old_id": [*old_ids[merged["code"]], *old_ids[split["code"]]],
            "new_id": [*ids[merged["label"]], *ids[split["label"]]],
        },
        dtype="str",
    ).sort_values(["change", "old_id", "new_id"], ignore_index=True)
    return PersonIds(ids=pd.Series(ids, dtype="str"), old=old, merges=changes)


def _find_heirs(
    label: npt.NDArray[np.int64], codes: npt.NDArray[np.int64], rank: npt.NDArray[np.int64]
) -> pd.DataFrame:
    """Give the groups in which accounts of each old person are, the one with most first."""
    frame = pd.DataFrame({"code": codes, "label": label, "rank": rank})[codes != _NOBODY]
    heirs = frame.groupby(["code", "label"])["rank"].agg(["size", "min"]).reset_index()
    heirs = heirs.rename(columns={"min": "rank"})
    order = np.lexsort((heirs["rank"], -heirs["size"], heirs["code"]))
    ordered: pd.DataFrame = heirs.take(order).reset_index(drop=True)
    return ordered


def _make_ids(
    fresh: npt.NDArray[np.int64],
    label: npt.NDArray[np.int64],
    contacts: Contacts,
    taken: set[str],
) -> list[str]:
    """Give new people the id of their first account, with its channel if others have that id."""
    accounts = contacts.accounts
    by_rank = np.argsort(contacts.rank)
    first = np.full(int(label.max(initial=_NOBODY)) + 1, _NOBODY)
    first[label[by_rank[::-1]]] = by_rank[::-1]
    owned = pd.DataFrame({"customer_id": accounts["customer_id"], "label": label})
    customers = owned.drop_duplicates()["customer_id"]
    ambiguous = set(customers[customers.duplicated()])
    own = set(customers)
    chosen = accounts.take(first[fresh])
    names = []
    for channel, customer in zip(
        chosen["sales_channel"].fillna("").tolist(), chosen["customer_id"].tolist(), strict=True
    ):
        name = customer
        if name in ambiguous or name in taken:
            name = f"{channel}:{customer}"
            number = 1
            while name in taken or name in own:
                number += 1
                name = f"{channel}:{customer}~{number}"
        taken.add(name)
        names.append(name)
    return names
