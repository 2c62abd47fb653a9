"""What was joined and what was kept apart, in words and without personal data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from crmlib.identity._evidence import Evidence, Key
from crmlib.identity._groups import CONTRADICTIONS, Groups
from crmlib.identity._pairs import JOINED, VERDICTS, Pairs, Shared

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

LINK_COLUMNS: Final = ("left", "right", "key", "value", "verdict")
FLAG_COLUMNS: Final = ("person_id", "other_id", "reason", "key", "value", "cases")

SHARED: Final = "shared by too many"
SELF_CONTRADICTION: Final = "two birth dates in one account"

_KINDS = tuple(Key)
_REASONS: Final = (*VERDICTS, *(f"would join {what}" for what in CONTRADICTIONS[1:]))


def make_links(pairs: Pairs, groups: Groups, evidence: Evidence) -> pd.DataFrame:
    """Give each pair of accounts that share something, and what became of it."""
    verdict = np.where(groups.dropped > 0, len(VERDICTS) - 1 + groups.dropped, pairs.verdict)
    links = pd.DataFrame(
        {
            "left": pairs.left,
            "right": pairs.right,
            "key": pd.Categorical.from_codes(pairs.kind, _names(_KINDS)),
            "value": mask_values(evidence, pairs.kind, pairs.value),
            "verdict": pd.Categorical.from_codes(verdict, _names(_REASONS)),
        }
    )
    return links.drop_duplicates().sort_values(list(LINK_COLUMNS), ignore_index=True)


def make_flags(
    links: pd.DataFrame,
    person: pd.Series[str],
    evidence: Evidence,
    shared: Shared,
    two_births: npt.NDArray[np.bool_],
) -> pd.DataFrame:
    """Give what a person should look at.

    Parameters
    ----------
    links : DataFrame
        See :func:`make_links`.
    person : Series of str, shape (n_accounts,)
        The id of each account's person.
    evidence, shared
        What was read, and what is shared by too many.
    two_births : ndarray of bool, shape (n_accounts,)
        Accounts that tell two birth dates.
    """
    refused = links[links["verdict"] != JOINED].rename(columns={"verdict": "reason"})
    one = person.take(refused["left"].to_numpy()).set_axis(refused.index)
    other = person.take(refused["right"].to_numpy()).set_axis(refused.index)
    refused = refused.assign(
        person_id=one.where(one <= other, other), other_id=other.where(one <= other, one)
    )[one != other]
    parts = [refused]
    parts.append(
        pd.DataFrame(
            {
                "person_id": person.take(shared.account).array,
                "reason": SHARED,
                "key": [str(_KINDS[kind]) for kind in shared.kind.tolist()],
                "value": mask_values(evidence, shared.kind, shared.value),
            }
        )
    )
    parts.append(pd.DataFrame({"person_id": person[two_births], "reason": SELF_CONTRADICTION}))
    names = list(FLAG_COLUMNS[:-1])
    flags = pd.concat([part.reindex(columns=names).astype("str") for part in parts])
    counts = flags.groupby(names, dropna=False).size().rename(FLAG_COLUMNS[-1])
    return counts.reset_index().sort_values(names, ignore_index=True)


def _names(texts: Iterable[str]) -> pd.Index[str]:
    """Give the categories of a column."""
    return pd.Index([str(text) for text in texts], dtype="str")


def mask_values(
    evidence: Evidence, kind: npt.NDArray[np.int64], value: npt.NDArray[np.int64]
) -> pd.Series[str]:
    """Give the values so that somebody who knows them recognises them, and nobody else."""
    base = int(value.max(initial=0)) + 1
    distinct, place = np.unique(kind * base + value, return_inverse=True)
    masked = []
    for both in distinct.tolist():
        key = _KINDS[both // base]
        masked.append(mask_value(key, evidence.keys[key][1][both % base]))
    return pd.Series(masked, dtype="str").take(place).reset_index(drop=True)


def mask_value(key: Key, value: str) -> str:
    r"""Hide most of a value.

    Examples
    --------
    >>> mask_value(Key.PHONE, "+821001234567"), mask_value(Key.EMAIL, "mina.kim@example.com")
    ('+8210-****-4567', 'm***@example.com')
    >>> mask_value(Key.NAME_ADDRESS, "06236 101 152 1203")
    '06236 …'
    >>> mask_value(Key.ACCOUNT_ID, "shop\nmina")
    'mi***'
    """
    if key is Key.PHONE:
        return f"{value[:-8]}-****-{value[-4:]}"
    if key is Key.EMAIL:
        return f"{value[0]}***@{value.rpartition('@')[2]}"
    if key is Key.ACCOUNT_ID:
        return f"{value.partition(chr(10))[2][:2]}***"
    head, space, _ = value.partition(" ")
    return f"{head} …" if space else f"{value[:2]}…"
