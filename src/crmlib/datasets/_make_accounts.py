"""Draw accounts and the contact data typed in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from crmlib.datasets._accounts import Accounts
from crmlib.datasets._contact_rows import Typist
from crmlib.datasets._residents import MOST_PEOPLE, draw_residents
from crmlib.exceptions import InvalidParameterError

if TYPE_CHECKING:
    import numpy.typing as npt

CHANNELS: Final = {"smartstore": 0.35, "coupang": 0.30, "cafe24": 0.20, "shopify": 0.15}
"""Sales channels, and how often people take each first."""

CHANNELS_PER_PERSON = (0.50, 0.30, 0.14, 0.06)
SECOND_ACCOUNT = 0.04
MORE_CONTACTS = 0.8
"""Contacts of an account beyond the first, on average."""

_STREAM = 5
_FIRST_DAY = np.datetime64("2025-01-01T00:00:00", "us")
_SPAN = np.timedelta64(540 * 86_400_000_000, "us")


@attrs.frozen(kw_only=True, eq=False)
class _Opened:
    """Accounts that were opened: person, place in CHANNELS, and whether it is a second one."""

    person: npt.NDArray[np.int64]
    channel: npt.NDArray[np.int64]
    again: npt.NDArray[np.bool_]


def make_accounts(n_people: int = 2000, seed: int = 0, *, noise: float = 1.0) -> Accounts:
    """Make up people with accounts on four sales channels, and what they typed there.

    Half of the people have one account, the others up to four and more.
    ``smartstore`` has a masked login, name, real phone and address;
    ``coupang`` name and address, and a virtual phone number that changes;
    ``cafe24`` a login and mostly phone (``+82 …`` or ``--``), e-mail, address,
    gender and birth date; ``shopify`` e-mail, often a phone, and name and
    address, one in three in Latin letters.

    Nobody in it exists: phone numbers are of ranges that no operator assigns;
    mail addresses lie in ``example.com``, ``.org`` and ``.net``, or at
    ``gmail.com`` under names of more than 30 letters, which Gmail gives nobody.

    Parameters
    ----------
    n_people : int, default=2000
        From 2 to 4,000,000; about 1.8 accounts and 3.2 contacts each.
    seed : int, default=0
        Another seed, other people.
    noise : float, default=1.0
        Scales how often something goes wrong, from 0 (only spellings differ)
        to 5.  At 1, of 100 contacts about one each has a mistyped name, phone
        or e-mail address, three a mistyped address, three go to somebody
        else's home, and up to six lack a field that is usually there.

    Returns
    -------
    Accounts

    Raises
    ------
    InvalidParameterError
        If a number is out of range.

    Notes
    -----
    What makes it hard, whatever the noise: 60 of 100 households have several
    customers, most of one surname; 3 of 100 accounts of such people carry the
    phone, 2 the e-mail address of a relative.  In eighteen months 17 of 100
    households move and 5 of 100 people change their number; a tenth of the old
    numbers go to another customer.  4 of 100 people have parcels sent to an
    office that some 40 share; 15 of 100 e-mail addresses are second ones.
    Surnames are as common as in Korea, so that there are namesakes, some of
    them in one housing estate.

    Examples
    --------
    >>> accounts = make_accounts(100, seed=1)
    >>> sorted(accounts.truth["sales_channel"].unique())
    ['cafe24', 'coupang', 'shopify', 'smartstore']
    """
    if not 2 <= n_people <= MOST_PEOPLE:  # noqa: PLR2004 -- one person has no neighbours
        raise InvalidParameterError("n_people", n_people, f"from 2 to {MOST_PEOPLE:,}")
    if not 0 <= noise <= 5:  # noqa: PLR2004 -- above, shares pass 1
        raise InvalidParameterError("noise", noise, "from 0 to 5")
    rng = np.random.default_rng([_STREAM, seed])
    residents = draw_residents(rng, n_people)
    opened = _open_accounts(rng, n_people)
    counts = 1 + rng.poisson(MORE_CONTACTS, len(opened.person))
    rows = np.repeat(np.arange(len(counts)), counts)
    times = rng.random(len(rows))
    typist = Typist(rng, residents, noise)
    channels = list(CHANNELS)
    ids = _name_accounts(opened, channels, typist)
    typed, meant = typist.type_contacts(
        opened.person[rows], rows, [ids[row] for row in rows], times
    )
    seen = _FIRST_DAY + (times * _SPAN.astype(np.int64)).astype("timedelta64[us]")
    later = np.minimum(1.0, times + 0.1 * rng.random(len(rows)))
    contacts = pd.DataFrame(typed, dtype="str").assign(
        first_seen_at=pd.DatetimeIndex(seen, tz="UTC"),
        last_seen_at=pd.DatetimeIndex(
            _FIRST_DAY + (later * _SPAN.astype(np.int64)).astype("timedelta64[us]"), tz="UTC"
        ),
    )
    truth = contacts.loc[np.append(True, rows[1:] != rows[:-1]), ["sales_channel", "customer_id"]]
    truth = truth.assign(
        person=opened.person, evidence=_connect(rows, meant, opened.person)
    ).reset_index(drop=True)
    contacts = contacts.iloc[rng.permutation(len(contacts))].reset_index(drop=True)
    return Accounts(contacts=contacts, truth=truth)


def _open_accounts(rng: np.random.Generator, n: int) -> _Opened:
    """Draw who has an account where."""
    many = rng.choice(np.arange(1, len(CHANNELS) + 1), n, p=CHANNELS_PER_PERSON)
    weights = np.log(np.array(list(CHANNELS.values())))
    liked = np.argsort(-(weights + rng.gumbel(size=(n, len(CHANNELS)))), axis=1)
    person, place = np.nonzero(np.arange(len(CHANNELS)) < many[:, None])
    channel = liked[person, place]
    again = np.flatnonzero(rng.random(len(person)) < SECOND_ACCOUNT)
    order = np.argsort(np.concatenate([person, person[again]]), kind="stable")
    return _Opened(
        person=np.concatenate([person, person[again]])[order],
        channel=np.concatenate([channel, channel[again]])[order],
        again=np.repeat([False, True], [len(person), len(again)])[order],
    )


def _name_accounts(opened: _Opened, channels: list[str], typist: Typist) -> list[str]:
    """Give each account the customer id that a shop file would lead to."""
    ids = []
    for number, (person, channel, again) in enumerate(
        zip(opened.person.tolist(), opened.channel.tolist(), opened.again.tolist(), strict=True)
    ):
        name = channels[channel]
        if name == "cafe24":
            login = typist.login(person)
            # a second account, or the same login in capitals
            change = (login.upper(), f"{login}b")[number % 2]
            ids.append(f"{name}:{change if again else login}")
        elif name == "shopify":
            ids.append(f"{name}:{7_000_000_000_000 + number * 32_768}")
        else:
            ids.append(f"{name}:~{number * 2_654_435_761 % 2**40:010x}")
    return ids


def _connect(
    rows: npt.NDArray[np.int64],
    meant: dict[str, npt.NDArray[np.int64]],
    person: npt.NDArray[np.int64],
) -> npt.NDArray[np.int64]:
    """Give one number to accounts of a person that share what they meant to type."""
    n = len(person)
    ones, others = [], []
    for values in meant.values():
        known = values >= 0
        account, value = rows[known], values[known]
        order = np.lexsort((account, value, person[account]))
        account, value = account[order], value[order]
        same = (value[1:] == value[:-1]) & (person[account[1:]] == person[account[:-1]])
        ones.append(account[:-1][same])
        others.append(account[1:][same])
    left, right = np.concatenate(ones), np.concatenate(others)
    graph = coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)
