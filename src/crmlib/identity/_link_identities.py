"""From contacts to people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.exceptions import InvalidParameterError
from crmlib.identity._contacts import read_contacts
from crmlib.identity._evidence import read_evidence
from crmlib.identity._facts import AccountFacts
from crmlib.identity._findings import make_flags, make_links
from crmlib.identity._groups import group_accounts
from crmlib.identity._history import carry_on
from crmlib.identity._identities import Identities
from crmlib.identity._pairs import find_pairs
from crmlib.identity._profiles import make_profiles

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.identity._contacts import HasContacts


def link_identities(
    accounts: HasContacts | pd.DataFrame,
    *,
    region: str | None = None,
    previous: Identities | None = None,
    max_accounts: int = 20,
    gmail_dots: bool = True,
    plus_tags: bool = True,
) -> Identities:
    """Find the people behind accounts.

    An account is a ``customer_id`` within its ``sales_channel``.  Two are one
    person's if they share a login within a channel, a mailbox, a phone number,
    or a full name at one address, and nothing contradicts it: names that
    cannot be one person's, two birth dates.  Masked names and logins, virtual
    numbers (050x), what people type when they must type something, and what
    many people share link nobody.

    Parameters
    ----------
    accounts : Orders or DataFrame of shape (n_contacts, n_columns)
        Whatever has ``contacts``, or such a table: ``customer_id``, as a
        column or as the index, and whichever there are of ``sales_channel``,
        ``account_id``, ``name``, ``email``, ``phone``, ``postal_code``,
        ``address``, ``gender``, ``birth_date``, ``first_seen_at`` and
        ``last_seen_at``.  An account may have several rows.
    region : str, optional
        ISO 3166 country of phone numbers without a country code, such as
        ``"KR"``.  By default they link nobody.
    previous : Identities, optional
        Those of the run before: people keep their ids, and what changed is
        recorded.  Give all *accounts* again, old and new: only ids are
        remembered.
    max_accounts : int, default=20
        The largest number of accounts that one person is believed to have; 2
        or more.
    gmail_dots : bool, default=True
        Whether dots in addresses at Gmail are ignored, as Gmail does.
    plus_tags : bool, default=True
        Whether ``mina+shop@…`` and ``mina@…`` are one mailbox.

    Returns
    -------
    Identities

    Raises
    ------
    MissingColumnsError
        If there is no ``customer_id``.
    InvalidParameterError
        If *region* is no country or *max_accounts* is too small.

    Warns
    -----
    DataQualityWarning
        Counts contacts without ``customer_id`` (left out) and birth dates
        that cannot be read (emptied).

    Examples
    --------
    >>> import pandas as pd
    >>> contacts = pd.DataFrame({
    ...     "sales_channel": ["smartstore", "cafe24", "coupang", "cafe24"],
    ...     "customer_id": ["S1", "C1", "P1", "C2"],
    ...     "name": ["김민준", "김 민준", "김민준", "이서연"],
    ...     "phone": ["010-0123-4567", "+82 1001234567", "0502-1234-5678", "010-0123-4567"],
    ...     "postal_code": ["06236", None, "06236", "06236"],
    ...     "address": ["서울 강남구 한빛로 152, 101동 1203호", None,
    ...                 "서울특별시 강남구 한빛로152 (새봄동) 101-1203", "서울 강남구 한빛로 152"],
    ... })
    >>> identities = link_identities(contacts, region="KR")
    >>> identities.people
      sales_channel customer_id person_id
    0        cafe24          C1        C1
    1        cafe24          C2        C2
    2       coupang          P1        C1
    3    smartstore          S1        C1
    >>> identities.flagged[["person_id", "other_id", "reason", "key", "value"]].iloc[0].to_list()
    ['C1', 'C2', 'another name', 'phone', '+8210-****-4567']
    """
    if max_accounts < 2:  # noqa: PLR2004 -- two are joined
        raise InvalidParameterError("max_accounts", max_accounts, "2 or more")
    contacts = read_contacts(accounts)
    evidence = read_evidence(contacts, region=region, gmail_dots=gmail_dots, plus_tags=plus_tags)
    facts = AccountFacts(contacts, evidence)
    pairs, shared = find_pairs(contacts, evidence, facts, max_accounts)
    groups = group_accounts(facts, pairs, max_accounts)
    links = make_links(pairs, groups, evidence)
    history = carry_on(previous, contacts, groups.label, links)
    people = contacts.accounts.assign(person_id=history.ids.take(groups.label).array)
    return Identities(
        people=people,
        profiles=make_profiles(groups.label, history.ids, contacts, evidence, shared),
        links=links,
        flagged=make_flags(links, people["person_id"], evidence, shared, facts.two_births),
        merges=history.merges,
        absent=history.absent,
        unused=evidence.unused,
        run=history.run,
    )
