"""Clusters named by what sets them apart."""

from __future__ import annotations

from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from crmlib.exceptions import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    Words = Mapping[str, tuple[str, str]]

_CLEAR = 0.5
"""Standard deviations from the mean from which a column sets a cluster apart."""

_TRAITS = 2
"""How many columns a name tells, unless more are needed to tell two clusters apart."""

# Below the mean, above the mean.
_ENGLISH: Words = MappingProxyType(
    {
        "recency_days": ("bought lately", "bought long ago"),
        "frequency": ("buys rarely", "buys often"),
        "monetary_value": ("spends little", "spends much"),
        "average_order_value": ("small baskets", "large baskets"),
        "tenure_days": ("new customer", "customer for long"),
        "mean_gap_days": ("short pauses", "long pauses"),
        "max_gap_days": ("never away for long", "was away for long"),
        "age": ("younger", "older"),
    }
)
_KOREAN: Words = MappingProxyType(
    {
        "recency_days": ("최근 구매", "오래전 구매"),
        "frequency": ("가끔 구매", "자주 구매"),
        "monetary_value": ("적은 지출", "많은 지출"),
        "average_order_value": ("작은 장바구니", "큰 장바구니"),
        "tenure_days": ("신규 고객", "오랜 고객"),
        "mean_gap_days": ("짧은 구매 간격", "긴 구매 간격"),
        "max_gap_days": ("긴 공백 없음", "긴 공백 있음"),
        "age": ("젊은 연령", "높은 연령"),
    }
)
_LANGUAGES: Mapping[str, tuple[Words, str, str, str]] = MappingProxyType(
    {
        "en": (_ENGLISH, "low {}", "high {}", "like the average"),
        "ko": (_KOREAN, "{} 낮음", "{} 높음", "평균적인 고객"),
    }
)


def check_language(labels: str) -> None:
    """Refuse a language in which there are no names.

    Raises
    ------
    UnknownNameError
    """
    if not (isinstance(labels, str) and labels in _LANGUAGES):
        raise UnknownNameError("language of labels", str(labels), list(_LANGUAGES))


def name_clusters(
    centres: npt.NDArray[np.float64], columns: Sequence[str], labels: str
) -> tuple[str, ...]:
    """Name clusters by the columns in which their centres are farthest from the mean.

    Parameters
    ----------
    centres : ndarray of float, shape (n_clusters, n_columns)
        In standard deviations from the mean of all customers.
    columns : sequence of str
    labels : {"en", "ko"}

    Returns
    -------
    tuple of str, shape (n_clusters,)
        All distinct: of two that would be called alike each tells a column
        more, and what is alike even so is numbered.
    """
    average = _LANGUAGES[labels][-1]
    traits = [_tell_traits(centre, columns, labels) for centre in centres]
    names = [_join(told, _TRAITS) or average for told in traits]
    for n_told in range(_TRAITS + 1, len(columns) + 1):
        alike = Counter(names)
        names = [
            _join(told, n_told) if alike[name] > 1 and told else name
            for name, told in zip(names, traits, strict=True)
        ]
    return tuple(_number(names))


def _tell_traits(
    centre: npt.NDArray[np.float64], columns: Sequence[str], labels: str
) -> list[str]:
    """Put into words where *centre* is clearly off the mean, the farthest first."""
    words, low, high, _ = _LANGUAGES[labels]
    traits = []
    for place in np.argsort(-np.abs(centre), kind="stable"):
        column, off = columns[place], centre[place]
        if abs(off) >= _CLEAR:
            below, above = words.get(column, (low.format(column), high.format(column)))
            traits.append(above if off > 0 else below)
    return traits


def _join(traits: Sequence[str], n_told: int) -> str:
    return ", ".join(traits[:n_told])


def _number(names: Sequence[str]) -> list[str]:
    """Put a number behind names that several clusters have."""
    several, seen = Counter(names), Counter[str]()
    numbered = []
    for name in names:
        seen[name] += 1
        numbered.append(f"{name} ({seen[name]})" if several[name] > 1 else name)
    return numbered
