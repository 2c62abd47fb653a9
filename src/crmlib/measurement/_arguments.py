"""The checks that all statistics of this room make on what they are given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlib.exceptions import InvalidParameterError

if TYPE_CHECKING:
    import numpy.typing as npt


def check_share(name: str, value: float) -> None:
    """Raise InvalidParameterError unless *value* lies strictly between 0 and 1."""
    if not 0 < value < 1:
        raise InvalidParameterError(name, value, "between 0 and 1, both excluded")


def check_count(name: str, value: int, most: int | None = None) -> None:
    """Raise InvalidParameterError unless *value* is a whole number from 0 to *most*."""
    if value < 0 or value != int(value) or (most is not None and value > most):
        limit = "0 or more" if most is None else f"from 0 to {most}"
        raise InvalidParameterError(name, value, f"a whole number, {limit}")


def check_values(name: str, values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Give *values* as a flat array; raise InvalidParameterError if one is not finite."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise InvalidParameterError(name, f"{array.ndim} dimensions", "an array of one dimension")
    if not np.isfinite(array).all():
        count = int((~np.isfinite(array)).sum())
        raise InvalidParameterError(name, f"{count} that are not", "finite numbers")
    return array
