"""In which order the channels of a campaign are tried for each customer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    import pandas as pd

    from crmlib.campaigns._channel_rates import ChannelRates
    from crmlib.campaigns._routes import Route

PREFERRED: Final = "preferred_channels"
"""The column of the profiles in which a customer says by what to be reached."""

_BETWEEN: Final = re.compile(r"[,;|\s]+")


@attrs.frozen(kw_only=True, eq=False)
class RouteOrder:
    """Who is to be reached by what first.

    Parameters
    ----------
    turns : ndarray of int, shape (n_customers, n_routes)
        The place of the route to be tried first, second, …
    notes : ndarray of str, shape (n_customers,)
        Why in this order; empty: it is the campaign's.
    """

    turns: npt.NDArray[np.intp]
    notes: npt.NDArray[Any]


def order_routes(
    people: pd.DataFrame, routes: Sequence[Route], rates: ChannelRates | None
) -> RouteOrder:
    """Put first what a customer asked for, then what is answered most, then the campaign's."""
    n = len(people)
    notes = np.full(n, "", dtype=object)
    keys = np.tile(np.arange(len(routes), dtype=float), (n, 1))
    if len(routes) > 1 and rates is not None:
        media = [route.capabilities.medium for route in routes]
        learned = rates.predict(people.index, list(dict.fromkeys(media)))
        expected = learned[media].to_numpy()
        # a stable sort leaves routes that are answered equally often in the campaign's order
        best_first = np.argsort(-expected, axis=1, kind="stable")
        np.put_along_axis(keys, best_first, np.arange(len(routes), dtype=float)[None, :], axis=1)
        first = best_first[:, 0]
        for place in np.flatnonzero(expected.max(axis=1) > expected.min(axis=1)):
            rate = expected[place, first[place]]
            notes[place] = f"{media[first[place]]} is answered most, {rate:.1%} expected"
    if len(routes) > 1 and PREFERRED in people.columns:
        for row, written in enumerate(people[PREFERRED]):
            wishes = _read_wishes(written, routes)
            keys[row, wishes] = np.arange(len(wishes)) - len(wishes)
            if wishes:
                notes[row] = f"the customer prefers {routes[wishes[0]].channel}"
    return RouteOrder(turns=np.argsort(keys, axis=1, kind="stable"), notes=notes)


def _read_wishes(written: object, routes: Sequence[Route]) -> list[int]:
    """Give the places of the routes that a cell names, by channel or medium, in its order."""
    if not isinstance(written, str):
        return []
    wishes = [
        place
        for word in _BETWEEN.split(written.strip().lower())
        for place, route in enumerate(routes)
        if word in {route.channel.lower(), route.capabilities.medium}
    ]
    return list(dict.fromkeys(wishes))
