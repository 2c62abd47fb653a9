"""How each of the three columns is cut: into so many bins, or at points of one's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlib.exceptions import InvalidParameterError

if TYPE_CHECKING:
    import numpy.typing as npt

COLUMNS = ("recency_days", "frequency", "monetary_value")
_FEWEST_BINS, _MOST_BINS = 2, 9
_FEWER_IS_BETTER = "recency_days"


def read_bins(n_bins: Any, *, fewest: int) -> dict[str, int]:
    """Give the number of bins of each column that *n_bins* tells.

    Parameters
    ----------
    n_bins : int or dict of str to int
        A dict may leave columns out, and have *fewest* bins.

    Raises
    ------
    InvalidParameterError
        If it is something else.
    """
    if not isinstance(n_bins, Mapping):
        if not _is_count(n_bins, _FEWEST_BINS):
            expected = f"a whole number from {_FEWEST_BINS} to {_MOST_BINS}, or a dict of such"
            raise InvalidParameterError("n_bins", n_bins, expected)
        return dict.fromkeys(COLUMNS, int(n_bins))
    _check_columns("n_bins", n_bins)
    for column, count in n_bins.items():
        if not _is_count(count, fewest):
            expected = f"a whole number from {fewest} to {_MOST_BINS}"
            raise InvalidParameterError(f"n_bins[{column!r}]", count, expected)
    return {column: int(count) for column, count in n_bins.items()}


def read_cut_points(cut_points: Any) -> dict[str, npt.NDArray[np.float64]]:
    """Give the edges of each column that has cut points, from the worst bin to the best.

    Raises
    ------
    InvalidParameterError
        If *cut_points* is no dict of columns with one to eight rising numbers,
        or a column has a bin that nobody can be in.
    """
    if cut_points is None:
        return {}
    if not isinstance(cut_points, Mapping):
        raise InvalidParameterError(
            "cut_points", cut_points, f"a dict with some of {list(COLUMNS)}"
        )
    _check_columns("cut_points", cut_points)
    return {column: _read_points(column, given) for column, given in cut_points.items()}


def choose_bins(
    n_bins: Any, cuts: Mapping[str, npt.NDArray[np.float64]], *, fewest: int
) -> dict[str, int | npt.NDArray[np.float64]]:
    """Give the edges of each column that has cut points, and the number of bins of the others.

    Raises
    ------
    InvalidParameterError
        If *n_bins* is a dict and a column has neither or both.
    """
    counts = read_bins(n_bins, fewest=fewest)
    if isinstance(n_bins, Mapping):
        for column in COLUMNS:
            if (column in counts) == (column in cuts):
                has = "both" if column in cuts else "neither"
                raise InvalidParameterError(
                    "n_bins",
                    n_bins,
                    "such that each column has either a number of bins or cut points; "
                    f"{column!r} has {has}",
                )
    return {column: cuts[column] if column in cuts else counts[column] for column in COLUMNS}


def count_bins(bins: Mapping[str, int | npt.NDArray[np.float64]]) -> list[int]:
    """Give the number of bins of each column."""
    return [each if isinstance(each, int) else len(each) + 1 for each in bins.values()]


def in_unit(column: str, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Turn goodness into the unit of the column, or back: fewer days are better."""
    return 0.0 - values if column == _FEWER_IS_BETTER else values


def _is_count(value: Any, fewest: int) -> bool:
    is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    return is_whole and fewest <= value <= _MOST_BINS


def _check_columns(name: str, given: Mapping[Any, Any]) -> None:
    for column in given:
        if column not in COLUMNS:
            raise InvalidParameterError(name, column, f"a dict with some of {list(COLUMNS)}")


def _read_points(column: str, given: Any) -> npt.NDArray[np.float64]:
    """Give the cut points of one column as edges from the worst bin to the best."""
    points = list(given) if isinstance(given, Iterable) and not isinstance(given, str) else []
    are_numbers = all(
        isinstance(point, int | float | np.number) and not isinstance(point, bool)
        for point in points
    )
    edges = np.array(points if are_numbers else [], dtype=np.float64)
    if not (
        0 < len(edges) < _MOST_BINS and np.isfinite(edges).all() and (np.diff(edges) > 0).all()
    ):
        expected = f"from one to {_MOST_BINS - 1} finite numbers, rising"
        raise InvalidParameterError(f"cut_points[{column!r}]", given, expected)
    if column == "frequency" and edges[0] <= 0:
        expected = "above 0, for nobody has fewer orders than none"
        raise InvalidParameterError(f"cut_points[{column!r}]", given, expected)
    if column == _FEWER_IS_BETTER and edges[0] < 0:
        expected = "0 or more, for nobody bought in fewer days than none"
        raise InvalidParameterError(f"cut_points[{column!r}]", given, expected)
    return edges[::-1] if column == _FEWER_IS_BETTER else edges
