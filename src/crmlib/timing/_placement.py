"""What a search for moments under a rate found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Integers = npt.NDArray[np.int64]


@attrs.frozen(kw_only=True, eq=False)
class Placement:
    """A cell for each customer, what that is worth, and what it could be at most.

    Parameters
    ----------
    cells : ndarray of int, shape (n_customers,)
        -1 for none.
    value, bound : float
        Of this placement, and of the best.
    method : {"greedy", "exact", "prices"}
        How it was found; ``"greedy"`` where everybody has the best there is.
    """

    cells: Integers
    value: float
    bound: float
    method: str
