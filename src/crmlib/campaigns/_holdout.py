"""Who is held out: at random, for good, and by address.

It is the address that decides, not the customer id, so that a person with
two ids is not in both arms [1]_.

References
----------
.. [1] R. Kohavi, D. Tang, Y. Xu, *Trustworthy Online Controlled Experiments*,
   Cambridge, 2020, ch. 14 (the unit of randomisation) and ch. 4 (hashing).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.statistics import hashed_uniforms

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    import numpy.typing as npt


def assign_holdout(endpoints: Iterable[str], *, share: float, salt: str) -> npt.NDArray[np.bool_]:
    """Say of each endpoint whether it is held out.

    An endpoint is held out if ``u < share``, where u is the 64-bit BLAKE2b
    hash of *salt* and the endpoint over 2**64: the same answer whenever and
    in whatever order it is asked, and independent between salts.

    Parameters
    ----------
    endpoints : iterable of str
        Normalised addresses.
    share : float
        From 0 (nobody) to 1 (everybody).
    salt : str
        What makes one experiment independent of another.

    Returns
    -------
    ndarray of bool, shape (n_endpoints,)

    Examples
    --------
    >>> shares = assign_holdout((f"{n}@example.com" for n in range(10_000)), share=0.1, salt="x")
    >>> round(float(shares.mean()), 2)
    0.1
    """
    held_out: npt.NDArray[np.bool_] = hashed_uniforms(endpoints, salt) < share
    return held_out
