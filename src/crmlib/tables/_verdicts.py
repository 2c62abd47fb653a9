"""One reason per row, the first that holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from crmlib.tables._set_aside_reason import SetAsideReason


class Verdicts:
    """Which rows of a file are used, and why the others are not.

    Parameters
    ----------
    n_rows : int
        Rows of the file.  All are used until a reason is given.

    Attributes
    ----------
    used : ndarray of bool, shape (n_rows,)
    reasons, details : ndarray of object, shape (n_rows,)
        None where the row is used.
    """

    def __init__(self, n_rows: int) -> None:
        self.used = np.ones(n_rows, dtype=bool)
        self.reasons = np.full(n_rows, None, dtype=object)
        self.details = np.full(n_rows, None, dtype=object)

    def set_aside(
        self,
        rows: npt.NDArray[np.bool_],
        reason: SetAsideReason,
        detail: str | npt.NDArray[np.object_],
    ) -> None:
        """Give *reason* to those of *rows* that have none yet.

        Parameters
        ----------
        rows : ndarray of bool, shape (n_rows,)
        reason : SetAsideReason
        detail : str or ndarray of object, shape (n_rows,)
            What was found, for all rows or row by row.
        """
        hit = rows & self.used
        self.used[hit] = False
        self.reasons[hit] = str(reason)
        self.details[hit] = detail if isinstance(detail, str) else detail[hit]
