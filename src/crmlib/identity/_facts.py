"""What is known of each account as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from crmlib.identity._evidence import Evidence, Key
from crmlib.identity._name_likeness import Likeness, compare_names
from crmlib.identity._uses import find_uses

if TYPE_CHECKING:
    import numpy.typing as npt

    from crmlib.identity._contacts import Contacts

UNKNOWN: Final = int(np.datetime64("NaT").astype(np.int64))
"""Stands for a birth date or gender that nobody told, or that two rows tell differently."""

FEMALE, MALE = 1, 2


def one_per_group(
    fact: npt.NDArray[np.int64], group: npt.NDArray[np.int64], n: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Give the fact of each of *n* groups, UNKNOWN where there is none or two; and who has two.

    Examples
    --------
    >>> one_per_group(np.array([5, 5, 7, 8]), np.array([0, 0, 1, 1]), 2)[1]
    array([False,  True])
    """
    known = fact > UNKNOWN
    low = np.full(n, np.iinfo(np.int64).max)
    high = np.full(n, UNKNOWN)
    np.minimum.at(low, group[known], fact[known])
    np.maximum.at(high, group[known], fact[known])
    return np.where(low == high, low, UNKNOWN), low < high


class AccountFacts:
    """Names, birth date and gender of each account.

    What is told under one login is told by one person: such accounts have the
    same facts.

    Parameters
    ----------
    contacts : Contacts
    evidence : Evidence

    Attributes
    ----------
    birth : ndarray of int, shape (n_accounts,)
        Days since 1970, or UNKNOWN.
    gender : ndarray of int, shape (n_accounts,)
        FEMALE, MALE or UNKNOWN.
    two_births : ndarray of bool, shape (n_accounts,)
        Accounts that tell two birth dates.
    """

    def __init__(self, contacts: Contacts, evidence: Evidence) -> None:
        n = len(contacts.accounts)
        self._owner = _unite_logins(contacts, evidence)
        teller = self._owner[contacts.account]
        self._names = evidence.names
        known = evidence.name >= 0
        base = max(len(evidence.names), 1)
        told = np.unique(teller[known] * base + evidence.name[known])
        self._name = told % base
        self._starts = np.searchsorted(told // base, np.arange(n + 1))
        births = contacts.rows["birth_date"].to_numpy(dtype="datetime64[D]").astype(np.int64)
        birth, two_births = one_per_group(births, teller, n)
        self.birth, self.two_births = birth[self._owner], two_births[self._owner]
        genders = contacts.rows["gender"].map({"female": FEMALE, "male": MALE}).fillna(UNKNOWN)
        gender, _ = one_per_group(np.asarray(genders, dtype=np.int64), teller, n)
        self.gender = gender[self._owner]

    def compare(
        self, left: npt.NDArray[np.int64], right: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int64]:
        """Compare the names of accounts, pair by pair; see :class:`Likeness`."""
        left, right = self._owner[left], self._owner[right]
        answers = np.full(len(left), int(Likeness.UNKNOWN))
        n_left = self._starts[left + 1] - self._starts[left]
        n_right = self._starts[right + 1] - self._starts[right]
        named = np.flatnonzero((n_left > 0) & (n_right > 0))
        if not len(named):
            return answers
        counts = (n_left * n_right)[named]
        pair = np.repeat(named, counts)
        first = np.cumsum(counts) - counts
        step = np.arange(len(pair)) - np.repeat(first, counts)
        one = self._name[self._starts[left[pair]] + step // n_right[pair]]
        other = self._name[self._starts[right[pair]] + step % n_right[pair]]
        answers[named] = np.maximum.reduceat(self._compare_names(one, other), first)
        return answers

    def _compare_names(
        self, one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int64]:
        """Compare names by number, each two once."""
        names = self._names
        base = len(names)
        low, high = np.minimum(one, other), np.maximum(one, other)
        both, place = np.unique(low * base + high, return_inverse=True)
        known = [compare_names(names[pair // base], names[pair % base]) for pair in both.tolist()]
        return np.array(known, dtype=np.int64)[place]


def _unite_logins(contacts: Contacts, evidence: Evidence) -> npt.NDArray[np.int64]:
    """Give each account the first one that it shares a login with, itself if none."""
    n = len(contacts.accounts)
    uses = find_uses(Key.ACCOUNT_ID, contacts, evidence)
    uses = uses.take(~uses.too_many)
    _, first, place = np.unique(uses.group, return_index=True, return_inverse=True)
    ties = (np.ones(len(place), dtype=np.int8), (uses.account, uses.account[first][place]))
    label = connected_components(coo_array(ties, shape=(n, n)), directed=False)[1]
    _, owner = np.unique(label, return_index=True)
    return np.asarray(owner[label], dtype=np.int64)
