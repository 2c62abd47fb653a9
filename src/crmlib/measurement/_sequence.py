"""An interval that stays true however often one looks."""

from __future__ import annotations

from math import log, sqrt

from crmlib.exceptions import InvalidParameterError
from crmlib.measurement._arguments import check_share


def sequence_half_width(
    standard_deviation: float, n: int, *, planned: int, alpha: float = 0.05
) -> float:
    """Give half the width of the asymptotic confidence sequence of a mean.

    With ``r = rho ** 2``, the half-width after *n* observations is ::

        standard_deviation * sqrt(2 * (n*r + 1) / (n**2 * r) * log(sqrt(n*r + 1) / alpha))

    and holds at all *n* at once with probability ``1 - alpha`` [1]_: who looks
    every day and stops when it pleases is still right.  It is narrowest near
    ``n = planned`` by ``r = (-2*log(alpha) + log(1 - 2*log(alpha))) / planned``,
    and there about 1.55 times as wide as the interval for a single look.

    Parameters
    ----------
    standard_deviation : float
        Of one observation; 0 or more.  For a difference of two arms with
        standard error e after n customers in all: ``e * sqrt(n)``.
    n : int
        Observations so far, 1 or more.
    planned : int
        Observations at which the interval shall be narrowest; fixed before
        the first look.
    alpha : float, default=0.05
        The share of such sequences that ever miss the truth.

    Returns
    -------
    float
        In the unit of *standard_deviation*.

    Raises
    ------
    InvalidParameterError
        If a number is not as said above.

    References
    ----------
    .. [1] I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy, A. Ramdas,
       "Time-uniform central limit theory and asymptotic confidence
       sequences", *Annals of Statistics* 52, 2024, pp. 2613-2640, the boundary
       of the Gaussian mixture.

    Examples
    --------
    >>> from math import sqrt
    >>> round(sequence_half_width(1.0, 1000, planned=1000), 4)
    0.096
    >>> round(1.96 / sqrt(1000), 4)  # the interval for a single look
    0.062
    """
    check_share("alpha", alpha)
    if not 0 <= standard_deviation < float("inf"):
        raise InvalidParameterError("standard_deviation", standard_deviation, "0 or more")
    for name, value in (("n", n), ("planned", planned)):
        if value < 1:
            raise InvalidParameterError(name, value, "1 or more")
    r = (-2 * log(alpha) + log(1 - 2 * log(alpha))) / planned
    return standard_deviation * sqrt(2 * (n * r + 1) / (n**2 * r) * log(sqrt(n * r + 1) / alpha))
