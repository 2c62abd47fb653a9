"""Pairs of accounts that share a key, and whether that is enough to join them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np

from crmlib.identity._evidence import Evidence, Key
from crmlib.identity._facts import UNKNOWN
from crmlib.identity._name_likeness import Likeness
from crmlib.identity._pairing import pair_up
from crmlib.identity._uses import BOTH_SIDES, find_uses

if TYPE_CHECKING:
    import numpy.typing as npt

    from crmlib.identity._contacts import Contacts
    from crmlib.identity._facts import AccountFacts
    from crmlib.identity._uses import Uses

JOINED: Final = "joined"
OTHER_BIRTH_DATE: Final = "another birth date"
OTHER_NAME: Final = "another name"
CONTESTED: Final = "used under several names"
VERDICTS: Final = (JOINED, OTHER_BIRTH_DATE, OTHER_NAME, CONTESTED)

_KINDS: Final = tuple(Key)
_LOGIN, _EMAIL, _PHONE, _PLACE = range(len(_KINDS))


@attrs.frozen(kw_only=True, eq=False)
class Pairs:
    """Pairs of accounts by what they share, one row per pair and value.

    Parameters
    ----------
    left, right : ndarray of int
        Accounts, the smaller number left.
    kind : ndarray of int
        Place of the key in :class:`Key`.
    value : ndarray of int
        Place among the texts of the key; of name + address, the place.
    verdict : ndarray of int
        Place in VERDICTS.
    strength : ndarray of int
        Of the pair: what it shares in all, the surest highest.
    """

    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    kind: npt.NDArray[np.int64]
    value: npt.NDArray[np.int64]
    verdict: npt.NDArray[np.int64]
    strength: npt.NDArray[np.int64]


@attrs.frozen(kw_only=True, eq=False)
class Shared:
    """Accounts that share a value with too many others, one row per account and value."""

    account: npt.NDArray[np.int64]
    kind: npt.NDArray[np.int64]
    value: npt.NDArray[np.int64]


def find_pairs(
    contacts: Contacts, evidence: Evidence, facts: AccountFacts, max_accounts: int
) -> tuple[Pairs, Shared]:
    """Find the pairs that share a key, and judge each."""
    pairs: list[dict[str, npt.NDArray[Any]]] = []
    shared: list[dict[str, npt.NDArray[Any]]] = []
    n_groups = 0
    for kind, key in enumerate(_KINDS):
        uses = find_uses(key, contacts, evidence)
        size = np.bincount(uses.group, minlength=1)[uses.group]
        blocked = (size > 1) & (uses.too_many | (size > max_accounts))
        told = uses.take(blocked & (uses.side == BOTH_SIDES))
        shared.append({"account": told.account, "value": told.value, "kind": _fill(told, kind)})
        uses = uses.take(~blocked)
        left, right = pair_up(uses.group)
        fits = (uses.side[left] | uses.side[right]) == BOTH_SIDES
        one, other = uses.take(left[fits]), uses.take(right[fits])
        pairs.append(
            {
                "left": one.account,
                "right": other.account,
                "kind": _fill(one, kind),
                "value": one.value,
                "group": one.group + n_groups,
            }
        )
        n_groups += int(uses.group.max(initial=-1)) + 1
    return _judge(facts, **_join(pairs)), Shared(**_join(shared))


def _judge(
    facts: AccountFacts,
    *,
    left: npt.NDArray[np.int64],
    right: npt.NDArray[np.int64],
    kind: npt.NDArray[np.int64],
    value: npt.NDArray[np.int64],
    group: npt.NDArray[np.int64],
) -> Pairs:
    """Give each pair its verdicts and its strength."""
    n = len(facts.birth)
    pairs, pair = np.unique(left * n + right, return_inverse=True)
    one, other = pairs // n, pairs % n
    likeness = facts.compare(one, other)
    births = np.minimum(facts.birth[one], facts.birth[other]) > UNKNOWN
    births &= facts.birth[one] != facts.birth[other]

    # a home links spellings of one name; the other keys whatever does not contradict
    names = likeness[pair]
    against = np.where(kind == _PLACE, names < Likeness.SAME, names == Likeness.DIFFERENT)
    # and where names differ, who gave none, or in other letters, could be either
    enough = np.where(kind == _PLACE, Likeness.EXACT, Likeness.ALIKE)
    contested = np.bincount(group, weights=against, minlength=1)[group] > 0
    verdict = np.zeros(len(left), dtype=np.int64)
    verdict[contested & (names < enough)] = VERDICTS.index(CONTESTED)
    verdict[against] = VERDICTS.index(OTHER_NAME)
    verdict[births[pair]] = VERDICTS.index(OTHER_BIRTH_DATE)

    joined = np.zeros((len(pairs), len(_KINDS)), dtype=bool)
    joined[pair[verdict == 0], kind[verdict == 0]] = True
    alike = likeness >= Likeness.ALIKE
    strength = np.select(
        [
            joined[:, _LOGIN],
            joined[:, [_EMAIL, _PHONE, _PLACE]].sum(axis=1) > 1,
            joined[:, _EMAIL] & alike,
            joined[:, _PHONE] & alike,
            joined[:, _EMAIL],
            joined[:, _PHONE],
        ],
        [6, 5, 4, 3, 2, 1],
        0,
    )
    return Pairs(
        left=left, right=right, kind=kind, value=value, verdict=verdict, strength=strength[pair]
    )


def _fill(uses: Uses, kind: int) -> npt.NDArray[np.int64]:
    """Give *kind* once for each of *uses*."""
    return np.full(len(uses.account), kind)


def _join(parts: list[dict[str, npt.NDArray[Any]]]) -> dict[str, npt.NDArray[Any]]:
    """Put the columns of several tables one below the other."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
