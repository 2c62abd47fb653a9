"""What stands in the way of a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from crmlib.messages import Reason


@attrs.frozen(kw_only=True, eq=False)
class Obstacles:
    """What stands in the way of each of some customers: a reason and a detail, or None."""

    reasons: npt.NDArray[Any]
    details: npt.NDArray[Any]

    @classmethod
    def none(cls, n: int) -> Obstacles:
        """Give *n* customers with a clear way."""
        return cls(reasons=np.full(n, None, dtype=object), details=np.full(n, None, dtype=object))

    def add(self, mask: npt.NDArray[np.bool_], reason: Reason, details: Any) -> None:
        """Note *reason* for those of *mask* whose way was clear."""
        fresh = mask & (self.reasons == None)  # noqa: E711 -- row by row
        self.reasons[fresh] = reason.value
        self.details[fresh] = details[fresh] if isinstance(details, np.ndarray) else details

    def add_one(self, place: int, reason: Reason, detail: str) -> None:
        """Note *reason* for the one at *place*, if the way was clear."""
        if self.reasons[place] is None:
            self.reasons[place], self.details[place] = reason.value, detail

    def of(self, places: npt.NDArray[np.intp]) -> Obstacles:
        """Give a copy for the customers at *places*."""
        return Obstacles(reasons=self.reasons[places], details=self.details[places])
