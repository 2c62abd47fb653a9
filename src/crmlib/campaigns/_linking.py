"""``[people]``: accounts of one person across sales channels become one customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import pandas as pd

from crmlib.addresses import normalize_phone
from crmlib.campaigns._accounts import find_forebears
from crmlib.campaigns._events_of_people import events_of_people
from crmlib.campaigns._person_profiles import (
    as_contacts,
    complete_profiles,
    spread_over_accounts,
)
from crmlib.identity import Identities, link_identities

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from crmlib.sections import Section
    from crmlib.tables import Orders

_TABLE: Final = "people"
_FILE: Final = "people.json"
_MAX_ACCOUNTS: Final = 20


@attrs.frozen(kw_only=True)
class PeopleSettings:
    """The table ``[people]``.

    Parameters
    ----------
    file : Path
        Who is who, kept from run to run.
    region : str or None
        ISO 3166 country of phone numbers without a country code.
    max_accounts : int
        The largest number of accounts that one person is believed to have.
    """

    file: Path
    region: str | None = None
    max_accounts: int = _MAX_ACCOUNTS


@attrs.frozen(kw_only=True, eq=False)
class LinkedPeople:
    """The people behind the accounts of order files and profiles.

    Parameters
    ----------
    identities : Identities
        Who is who.
    profiles : DataFrame of shape (n_people, n_columns)
        Canonical profiles: what the file of profiles says of a person, its
        gaps filled from the contacts of the orders.
    """

    identities: Identities
    profiles: pd.DataFrame = attrs.field(repr=False)
    _names: dict[str, str] = attrs.field(factory=dict, repr=False)

    def apply(self, orders: Orders) -> Orders:
        """Give *orders* with the id of the person in place of each ``customer_id``."""
        told = self.identities.apply(orders)
        return attrs.evolve(told, table=self.rename(told.table))

    def call_as_planned(self, planned: pd.Index[Any]) -> LinkedPeople:
        """Call people as a plan does, where they were called otherwise when it was made.

        A person whose id is not among the *planned*, but that of an earlier
        run is, gets that one: it has been merged, or parted, since.
        """
        names = {}
        for name, forebears in find_forebears(self.identities).items():
            held = [old for old in forebears if old in planned]
            if held and name not in planned:
                names[name] = held[0]
        called = attrs.evolve(self, names=names)
        theirs = called.rename(self.profiles)
        own = theirs["customer_id"] == self.profiles["customer_id"]
        theirs = theirs.take((~own).to_numpy().argsort(kind="stable"))
        profiles = theirs.drop_duplicates("customer_id").reset_index(drop=True)
        return attrs.evolve(called, profiles=profiles)

    def tell(self, events: pd.DataFrame, name: str) -> pd.DataFrame:
        """Give *events* of accounts, called *name*, as those of people, called as planned."""
        return self.rename(events_of_people(events, self.identities, name=name))

    def rename(self, table: pd.DataFrame) -> pd.DataFrame:
        """Give *table*, of people, with their ids as :meth:`call_as_planned` calls them."""
        ids = [self._names.get(name, name) for name in table["customer_id"]]
        return table.assign(customer_id=pd.array(ids, dtype="str"))


def read_people(root: Section, folder: Path) -> PeopleSettings | None:
    """Read ``[people]`` of a campaign file; without it, each account is a customer."""
    section = root.table(_TABLE, {})
    if _TABLE not in root.keys:
        return None
    region = section.text("region", None)
    if region is not None:
        with section.owning("region"):
            normalize_phone("+82 10-0123-4567", region)
    most = section.whole_number("max_accounts", _MAX_ACCOUNTS)
    if most < 2:  # noqa: PLR2004 -- two are joined
        raise section.error("max_accounts", f"is {most}", "it must be 2 or more")
    settings = PeopleSettings(
        file=folder / section.text("file", _FILE), region=region, max_accounts=most
    )
    section.finish()
    return settings


def link_people(
    orders: Sequence[Orders],
    profiles: pd.DataFrame | None,
    *,
    settings: PeopleSettings,
) -> LinkedPeople:
    """Find the people behind the accounts of *orders* and *profiles*.

    Who has an id in the file of *settings* keeps it; the file is not written.

    Parameters
    ----------
    orders : sequence of Orders
        All there are: only ids are remembered from earlier runs.
    profiles : DataFrame of shape (n_profiles, n_columns) or None
        As :func:`crmlib.tables.check_profiles` takes them, under the ids of
        accounts; a column ``sales_channel`` tells which, where channels share
        ids.
    settings : PeopleSettings

    Returns
    -------
    LinkedPeople

    Raises
    ------
    UnreadableFileError
        If the file of *settings* is not what was saved.
    MissingColumnsError, InvalidTableError
        If *profiles* are none.

    Examples
    --------
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> from crmlib.tables import make_transactions
    >>> lines = pd.DataFrame({
    ...     "customer_id": ["S1", "C1"], "sales_channel": ["smartstore", "cafe24"],
    ...     "order_id": ["1", "2"], "ordered_at": "2026-05-01", "amount": "10",
    ...     "phone": "+82 10-0123-4567",
    ... })
    >>> profiles = pd.DataFrame({"customer_id": ["S1"], "name": ["Mina"]})
    >>> people = link_people(
    ...     [make_transactions(lines)], profiles, settings=PeopleSettings(file=Path("people.json"))
    ... )
    >>> people.profiles[["customer_id", "name", "phone", "n_accounts"]].to_dict("records")
    [{'customer_id': 'C1', 'name': 'Mina', 'phone': '+821001234567', 'n_accounts': 2}]
    """
    contacts = pd.concat([each.contacts for each in orders], ignore_index=True)
    described = None if profiles is None else spread_over_accounts(profiles, contacts)
    known = contacts if described is None else as_contacts(contacts, described)
    previous = Identities.load(settings.file) if settings.file.exists() else None
    identities = link_identities(
        known, region=settings.region, previous=previous, max_accounts=settings.max_accounts
    )
    return LinkedPeople(identities=identities, profiles=complete_profiles(identities, described))
