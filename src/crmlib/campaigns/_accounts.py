"""Which accounts, and which people, an id in a file that is no order file means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from crmlib.tables import read_texts

if TYPE_CHECKING:
    from crmlib.identity import Identities

ACCOUNT: Final = ["sales_channel", "customer_id"]
_MERGED: Final = "merged"


def find_accounts(table: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    """Find the accounts that each row of *table* means.

    Where a row names its ``sales_channel``, the account of that channel is
    meant, be its id written with the channel in front (``cafe24:mina``) or
    without, else one of files that name no channel; where it names none,
    every account of that ``customer_id``.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        ``customer_id``, and ``sales_channel`` if it has one.
    accounts : DataFrame of shape (n_accounts, n_columns)
        ``sales_channel`` (NaN if unknown), ``customer_id`` and what else is
        known of them.

    Returns
    -------
    DataFrame of shape (n_found, n_columns + 1)
        ``row``, the place in *table*, and the columns of *accounts*; a row may
        mean several accounts, or none.
    """
    rows = pd.DataFrame({"row": range(len(table)), "id": table["customer_id"].array})
    rows["channel"] = read_channels(table).array
    known = rows["channel"].notna()
    here = rows[known].merge(accounts, left_on=["channel", "id"], right_on=ACCOUNT)
    rest = rows[known & ~rows["row"].isin(here["row"])]
    spelled = rest.assign(id=rest["channel"] + ":" + rest["id"])
    spelled = spelled.merge(accounts, left_on=["channel", "id"], right_on=ACCOUNT)
    rest = rest[~rest["row"].isin(spelled["row"])]
    nowhere = accounts[accounts["sales_channel"].isna()]
    plain = rest.merge(nowhere, left_on="id", right_on="customer_id")
    anywhere = rows[~known].merge(accounts, left_on="id", right_on="customer_id")
    found = pd.concat([here, spelled, plain, anywhere], ignore_index=True)
    return found[["row", *accounts.columns]].sort_values("row", kind="stable", ignore_index=True)


def read_channels(table: pd.DataFrame) -> pd.Series[str]:
    """Give the sales channel that each row names; NaN where it names none."""
    if "sales_channel" not in table:
        return pd.Series(index=table.index, dtype="str")
    return read_texts(table["sales_channel"]).set_axis(table.index)


def find_people(table: pd.DataFrame, identities: Identities) -> pd.DataFrame:
    """Find the people whom each row of *table* means, by an account or by the id of a person.

    An id that a person had before it was merged into another means the other.

    Returns
    -------
    DataFrame of shape (n_found, 2)
        ``row`` and ``person_id``, each pair once.
    """
    known = pd.concat([identities.people, identities.absent], ignore_index=True)
    by_account = find_accounts(table, known)[["row", "person_id"]]
    rows = pd.DataFrame({"row": range(len(table)), "id": table["customer_id"].array})
    rows["person_id"] = rows["id"].map(_find_heirs(identities, known["person_id"]))
    unplaced = rows[read_channels(table).isna().to_numpy()]
    by_person = unplaced[["row", "person_id"]].dropna()
    found = pd.concat([by_account, by_person], ignore_index=True).drop_duplicates()
    return found.sort_values(["row", "person_id"], kind="stable", ignore_index=True)


def find_parted(table: pd.DataFrame, identities: Identities) -> pd.DataFrame:
    """Find who has parted, since, from the person that each row of *table* names by an id alone.

    Returns
    -------
    DataFrame of shape (n_found, 2)
        ``row`` and ``person_id``, each pair once, in the order of rows.
    """
    rows = pd.DataFrame({"row": range(len(table)), "id": table["customer_id"].array})
    rows = rows[read_channels(table).isna().to_numpy()]
    parted = _find_parted(identities)
    found = [(row, name) for row, old in rows.to_numpy() for name in parted.get(old, ())]
    return pd.DataFrame(found, columns=["row", "person_id"]).astype({"row": "int64"})


def find_forebears(identities: Identities) -> dict[str, list[str]]:
    """Give for each person the ids that its accounts had before, by the runs since the first."""
    forebears: dict[str, list[str]] = {}
    for old, new in identities.merges[["old_id", "new_id"]].itertuples(index=False):
        line = [*forebears.get(new, []), old, *forebears.get(old, [])]
        forebears[new] = [name for name in dict.fromkeys(line) if name != new]
    return forebears


def _find_heirs(identities: Identities, persons: pd.Series[str]) -> dict[str, str]:
    """Give the person of today for each id that a person has or had."""
    heirs: dict[str, str] = {}
    merged = identities.merges[identities.merges["change"] == _MERGED]
    for old, new in merged[["old_id", "new_id"]][::-1].itertuples(index=False):
        heirs.setdefault(old, heirs.get(new, new))
    return heirs | {name: name for name in persons.unique()}


def _find_parted(identities: Identities) -> dict[str, list[str]]:
    """Give for each id the people of today to whom accounts of that person have gone by splits."""
    meant: dict[str, set[str]] = {}
    for _, changes in [*identities.merges.groupby("run")][::-1]:
        of_run: dict[str, set[str]] = {}
        for old, kinds in changes.groupby("old_id"):
            stays = set() if (kinds["change"] == _MERGED).any() else {old}
            of_run[str(old)] = {
                last for name in {*kinds["new_id"], *stays} for last in meant.get(name, {name})
            }
        meant |= of_run
    return {old: sorted(names - {old}) for old, names in meant.items()}
