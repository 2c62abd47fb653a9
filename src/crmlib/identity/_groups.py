"""Who belongs together: connected components that hold no contradiction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from crmlib.identity._facts import UNKNOWN, one_per_group
from crmlib.identity._name_likeness import Likeness
from crmlib.identity._pairing import pair_up

if TYPE_CHECKING:
    import numpy.typing as npt

    from crmlib.identity._facts import AccountFacts
    from crmlib.identity._pairs import Pairs

CONSISTENT: Final = "consistent"
TWO_BIRTH_DATES: Final = "two birth dates"
TWO_NAMES: Final = "two names"
TWO_GENDERS: Final = "two genders"
TOO_LARGE: Final = "too many accounts"
CONTRADICTIONS: Final = (CONSISTENT, TWO_BIRTH_DATES, TWO_NAMES, TWO_GENDERS, TOO_LARGE)


@attrs.frozen(kw_only=True, eq=False)
class Groups:
    """Accounts in groups.

    Parameters
    ----------
    label : ndarray of int, shape (n_accounts,)
        The group of each account, numbered in the order of their first account.
    dropped : ndarray of int, shape (n_pairs,)
        For each pair 0, or the place in CONTRADICTIONS of why it does not join.
    """

    label: npt.NDArray[np.int64]
    dropped: npt.NDArray[np.int64]


def group_accounts(accounts: AccountFacts, pairs: Pairs, max_accounts: int) -> Groups:
    """Join what pairs join, but for the weakest ones where that would contradict itself.

    A group that contradicts itself is taken apart and put together again
    from the strongest pairs down; of one strength, all or none within a group,
    so that no order of accounts decides.
    """
    n = len(accounts.birth)
    joins = pairs.verdict == 0
    label = _connect(n, pairs, joins)
    doubtful = joins & (_find_contradictions(accounts, label, max_accounts) > 0)[label[pairs.left]]
    dropped = np.zeros(len(pairs.left), dtype=np.int64)
    if doubtful.any():
        kept = joins & ~doubtful
        for strength in np.unique(pairs.strength[doubtful])[::-1]:
            tried = doubtful & (pairs.strength == strength)
            label = _connect(n, pairs, kept | tried)
            why = _find_contradictions(accounts, label, max_accounts)[label[pairs.left]]
            dropped[tried] = why[tried]
            kept |= tried & (why == 0)
        label = _connect(n, pairs, kept)
    return Groups(label=label, dropped=dropped)


def _connect(n: int, pairs: Pairs, used: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Give each account the number of its connected component."""
    left, right = pairs.left[used], pairs.right[used]
    graph = coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _find_contradictions(
    accounts: AccountFacts, label: npt.NDArray[np.int64], max_accounts: int
) -> npt.NDArray[np.int64]:
    """Give for each group 0, or the place in CONTRADICTIONS of what is wrong with it."""
    size = np.bincount(label)
    answer = np.zeros(len(size), dtype=np.int64)
    left, right = _pair_members(label, size <= max_accounts)
    likeness = accounts.compare(left, right)
    genders = np.minimum(accounts.gender[left], accounts.gender[right]) > UNKNOWN
    genders &= accounts.gender[left] != accounts.gender[right]
    answer[label[left[genders & (likeness < Likeness.ALIKE)]]] = CONTRADICTIONS.index(TWO_GENDERS)
    answer[label[left[likeness == Likeness.DIFFERENT]]] = CONTRADICTIONS.index(TWO_NAMES)
    _, two = one_per_group(accounts.birth, label, len(size))
    answer[two] = CONTRADICTIONS.index(TWO_BIRTH_DATES)
    answer[size > max_accounts] = CONTRADICTIONS.index(TOO_LARGE)
    return answer


def _pair_members(
    label: npt.NDArray[np.int64], wanted: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Pair up the members of each group that is *wanted*."""
    member = np.flatnonzero(wanted[label])
    member = member[np.argsort(label[member], kind="stable")]
    left, right = pair_up(label[member])
    return member[left], member[right]
