"""What an estimate is: a value, how sure it is, or why there is none."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class Estimate:
    """A number from a sample, with its interval.

    What cannot be known is None, and :attr:`reason` says why; no field is
    ever NaN or infinite.

    Parameters
    ----------
    value : float or None
        The estimate itself.
    standard_error : float or None
        Its standard error, in the unit of *value* (of a relative lift: of the
        logarithm of the ratio).
    interval : tuple of (float, float) or None
        Lower and upper end, in the unit of *value*.
    alpha : float
        The share of such intervals that miss the truth.
    statistic : float or None
        The value over its standard error: z, or t for means.
    p_value : float or None
        Two-sided, for the hypothesis that nothing differs.
    reason : str or None
        Why value or interval is None.

    Examples
    --------
    >>> Estimate(value=0.04, interval=(0.01, 0.07), alpha=0.05).excludes_zero
    True
    """

    value: float | None
    standard_error: float | None = None
    interval: tuple[float, float] | None = None
    alpha: float
    statistic: float | None = None
    p_value: float | None = None
    reason: str | None = None

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval is known and lies wholly above or below 0."""
        return self.interval is not None and (self.interval[0] > 0 or self.interval[1] < 0)
