"""From profiles of accounts to profiles of people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from crmlib.campaigns._accounts import ACCOUNT, find_accounts, read_channels
from crmlib.tables import CONTACT_FIELDS, check_profiles

if TYPE_CHECKING:
    from crmlib.identity import Identities

_SEEN: Final = "account_last_seen_at"


def spread_over_accounts(profiles: pd.DataFrame, contacts: pd.DataFrame) -> pd.DataFrame:
    """Give each account that a row of *profiles* means its profile.

    Returns
    -------
    DataFrame of shape (n_described, n_columns)
        Canonical columns of the profiles, ``sales_channel`` and
        ``customer_id`` those of the accounts, and when each was last seen.
        A profile of nobody who ordered stays under its own id.
    """
    checked = _check(profiles)
    checked["sales_channel"] = read_channels(checked)
    seen = contacts[[*ACCOUNT, "last_seen_at"]].rename(columns={"last_seen_at": _SEEN})
    accounts = seen.groupby(ACCOUNT, dropna=False, as_index=False).max()
    found = find_accounts(checked, accounts)
    described = checked.take(found["row"].to_numpy()).reset_index(drop=True)
    for name in (*ACCOUNT, _SEEN):
        described[name] = found[name]
    strangers = checked[~checked.index.isin(found["row"])]
    together: pd.DataFrame = pd.concat([described, strangers], ignore_index=True)
    return together


def as_contacts(contacts: pd.DataFrame, described: pd.DataFrame) -> pd.DataFrame:
    """Give *contacts* with what profiles tell who somebody is."""
    told = described[[*ACCOUNT, *(name for name in CONTACT_FIELDS if name in described)]]
    if "birth_date" in told:
        told = told.assign(birth_date=told["birth_date"].dt.strftime("%Y-%m-%d"))
    return pd.concat([contacts, told], ignore_index=True)


def complete_profiles(identities: Identities, described: pd.DataFrame | None) -> pd.DataFrame:
    """Give one profile per person: what their own say, gaps filled from the contacts.

    Of several profiles of one person that of the account which ordered last
    goes first, and the others fill its gaps.
    """
    found = identities.profiles
    if described is None:
        return found
    own = described.merge(identities.people, "left", on=ACCOUNT)
    own = own.sort_values([_SEEN, "customer_id"], ascending=[False, True], kind="stable")
    own = own.drop(columns=[*ACCOUNT, _SEEN]).groupby("person_id").first()
    own = own.reindex(found["customer_id"]).reset_index(drop=True)
    columns: dict[str, Any] = {"customer_id": found["customer_id"]}
    for name in dict.fromkeys([*own.columns, *found.columns[1:]]):
        if name in own and name in found:
            columns[name] = own[name].where(own[name].notna(), found[name])
        else:
            columns[name] = own[name] if name in own else found[name]
    return pd.DataFrame(columns)


def _check(profiles: pd.DataFrame) -> pd.DataFrame:
    """Check *profiles*; an id may come once on each sales channel."""
    if "sales_channel" not in profiles or not len(profiles):
        return check_profiles(profiles)
    channels = read_channels(profiles).fillna("").to_numpy()
    parts = [check_profiles(part) for _, part in profiles.groupby(channels, sort=False)]
    return pd.concat(parts, ignore_index=True)
