"""Whether the arms are as large as they were meant to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np
from scipy.special import chdtrc

from crmlib.exceptions import InvalidParameterError
from crmlib.measurement._arguments import check_count, check_share

if TYPE_CHECKING:
    from collections.abc import Sequence

ALARM_P_VALUE = 0.001
"""Below this, the arms are called out of ratio; chance alone is no explanation."""


@attrs.frozen(kw_only=True)
class SampleRatioCheck:
    """Sizes of arms against the sizes that were meant.

    Parameters
    ----------
    counts : tuple of int
        Customers per arm.
    expected : tuple of float
        Customers per arm by the shares that were meant.
    chi2, p_value : float
        Pearson's statistic, and how often chance alone gives one as large.
    """

    counts: tuple[int, ...]
    expected: tuple[float, ...]
    chi2: float
    p_value: float

    @property
    def is_off(self) -> bool:
        """Whether the sizes differ too much for chance (p below 0.001)."""
        return self.p_value < ALARM_P_VALUE


def check_sample_ratio(counts: Sequence[int], shares: Sequence[float]) -> SampleRatioCheck:
    """Test whether arms have the sizes that they were meant to have.

    If they do not, something chose who went into which arm, and no
    difference between them can be trusted [1]_.

    Parameters
    ----------
    counts : sequence of int, length n_arms
        Customers per arm; at least two arms, not all empty.
    shares : sequence of float, length n_arms
        What was meant: each between 0 and 1, summing to 1.

    Returns
    -------
    SampleRatioCheck

    Raises
    ------
    InvalidParameterError
        If counts or shares are not as said above.

    References
    ----------
    .. [1] A. Fabijan et al., "Diagnosing sample ratio mismatch in online
       controlled experiments", *KDD* 2019, pp. 2156-2164.

    Examples
    --------
    >>> check = check_sample_ratio([905, 95], [0.9, 0.1])
    >>> round(check.chi2, 4), round(check.p_value, 4), check.is_off
    (0.2778, 0.5982, False)
    """
    if len(counts) < 2 or len(counts) != len(shares):  # noqa: PLR2004 -- one arm has no ratio
        raise InvalidParameterError(
            "counts", list(counts), f"two or more, as shares {list(shares)}"
        )
    for count in counts:
        check_count("counts", count)
    for share in shares:
        check_share("shares", share)
    if abs(sum(shares) - 1) > 1e-9:  # noqa: PLR2004 -- thirds do not add up exactly
        raise InvalidParameterError("shares", list(shares), "numbers that add up to 1")
    if sum(counts) == 0:
        raise InvalidParameterError("counts", list(counts), "of at least one customer")
    observed = np.asarray(counts, dtype=np.float64)
    expected = observed.sum() * np.asarray(shares, dtype=np.float64)
    chi2 = float(((observed - expected) ** 2 / expected).sum())
    return SampleRatioCheck(
        counts=tuple(int(count) for count in counts),
        expected=tuple(expected.tolist()),
        chi2=chi2,
        p_value=float(chdtrc(len(counts) - 1, chi2)),
    )
