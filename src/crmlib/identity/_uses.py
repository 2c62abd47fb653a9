"""Which accounts use which value of a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np

from crmlib.identity._evidence import PLACE_SIDES, Key

if TYPE_CHECKING:
    import numpy.typing as npt

    from crmlib.identity._contacts import Contacts
    from crmlib.identity._evidence import Evidence

NAMES_PER_VALUE: Final = {Key.ACCOUNT_ID: 4, Key.EMAIL: 4, Key.PHONE: 4, Key.NAME_ADDRESS: 8}
"""Under how many names a login, mailbox, number or address may be used before it links nobody."""

BOTH_SIDES: Final = 3


@attrs.frozen(kw_only=True, eq=False)
class Uses:
    """One row per account and value, sorted by value.

    Parameters
    ----------
    account : ndarray of int, shape (n_uses,)
    value : ndarray of int, shape (n_uses,)
        Place among the texts of the key; of name + address, the place.
    group : ndarray of int, shape (n_uses,)
        What links: the value, of name + address together with the name.
    side : ndarray of int, shape (n_uses,)
        Whether an address was by lot (1), by road (2) or both (3).
    too_many : ndarray of bool, shape (n_uses,)
        Whether the value is used under too many names.
    """

    account: npt.NDArray[np.int64]
    value: npt.NDArray[np.int64]
    group: npt.NDArray[np.int64]
    side: npt.NDArray[np.int64]
    too_many: npt.NDArray[np.bool_]

    def take(self, rows: npt.NDArray[Any]) -> Uses:
        """Give some of the rows."""
        return Uses(**{name: column[rows] for name, column in attrs.asdict(self).items()})


def find_uses(key: Key, contacts: Contacts, evidence: Evidence) -> Uses:
    """Find who uses which value of *key*."""
    codes, _ = evidence.keys[key]
    names = number_names(evidence)
    account, value, side = contacts.account, codes, np.full(len(codes), BOTH_SIDES)
    if key is Key.NAME_ADDRESS:
        width = len(PLACE_SIDES)
        account, names = np.repeat(account, width), np.repeat(names, width)
        value, side = codes.ravel(), np.tile(PLACE_SIDES, len(codes))
    known = value >= 0
    account, value, side, names = account[known], value[known], side[known], names[known]
    too_many = _count_distinct(value, names) > NAMES_PER_VALUE[key]
    if key is not Key.NAME_ADDRESS:
        return _once_per_account(
            Uses(account=account, value=value, group=value, side=side, too_many=too_many)
        )
    # home and name together link; who gave no name can share neither
    group = value * (int(names.max(initial=0)) + 1) + names
    uses = Uses(account=account, value=value, group=group, side=side, too_many=too_many)
    return _once_per_account(uses.take(names >= 0))


def number_names(evidence: Evidence) -> npt.NDArray[np.int64]:
    """Give each row a number that is one for all spellings of a name; -1 without a full name."""
    numbers: dict[str, int] = {}
    of_name = [
        numbers.setdefault(name.key, len(numbers)) if name.key else -1 for name in evidence.names
    ]
    return np.array([*of_name, -1], dtype=np.int64)[evidence.name]


def _count_distinct(
    group: npt.NDArray[np.int64], member: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Count for each row the distinct members of its group; -1 is none."""
    base = int(member.max(initial=0)) + 1
    counted = member >= 0
    pairs = np.unique(group[counted] * base + member[counted])
    return np.bincount(pairs // base, minlength=int(group.max(initial=0)) + 1)[group]


def _once_per_account(uses: Uses) -> Uses:
    """Give one row per group and account, of both sides if it was on each."""
    group = np.unique(uses.group, return_inverse=True)[1]
    base = int(uses.account.max(initial=0)) + 1
    both, first, row = np.unique(
        group * base + uses.account, return_index=True, return_inverse=True
    )
    side = np.zeros(len(both), dtype=np.int64)
    np.bitwise_or.at(side, row, uses.side)
    return attrs.evolve(uses.take(first), group=both // base, side=side)
