"""A whole synthetic shop from one seed."""

from __future__ import annotations

import numpy as np

from crmlib.datasets._consents import make_consents
from crmlib.datasets._engagements import draw_engagements
from crmlib.datasets._moments import SHOP_ZONE
from crmlib.datasets._orders import draw_orders
from crmlib.datasets._profiles import make_profiles
from crmlib.datasets._raw_files import write_lines
from crmlib.datasets._shop import Shop
from crmlib.datasets._truth import draw_truth
from crmlib.exceptions import InvalidParameterError

_STREAM = 3


def make_shop(
    n_customers: int = 2000,
    seed: int = 0,
    *,
    end_date: str = "2026-06-30",
    effect: float = 1.0,
) -> Shop:
    """Make up an apparel shop: customers, eighteen months of orders, and the truth behind them.

    Parameters
    ----------
    n_customers : int, default=2000
        1 or more.
    seed : int, default=0
        Another seed, another shop; the same arguments always give the same.
    end_date : str, default="2026-06-30"
        Last day with orders, in ``Asia/Seoul``; a good snapshot date.
    effect : float, default=1.0
        Scales the planted effect of a message, from 0 (none: an A/A test) to
        2.  At 1, a message adds from 6 points (loyal customers) to 25 points
        (lapsing ones) to the chance to buy within 14 days.

    Returns
    -------
    Shop

    Raises
    ------
    InvalidParameterError
        If a number is out of range.

    Examples
    --------
    >>> shop = make_shop(n_customers=200, seed=1)
    >>> sorted(shop.order_files)
    ['marketplace', 'own mall', 'shop']
    >>> len(shop.profiles), list(shop.truth.columns[:2])
    (200, ['behaviour', 'favourite_hour'])
    """
    if n_customers < 1:
        raise InvalidParameterError("n_customers", n_customers, "1 or more")
    if not 0 <= effect <= 2:  # noqa: PLR2004 -- above, probabilities pass 1
        raise InvalidParameterError("effect", effect, "from 0 to 2")
    rng = np.random.default_rng([_STREAM, seed])
    ids = [f"C{number:05}" for number in range(1, n_customers + 1)]
    profiles = make_profiles(ids, seed, end_date=end_date)
    zones = profiles["timezone"].fillna(SHOP_ZONE).to_numpy(dtype=object)
    truth = draw_truth(rng, profiles, effect)
    lines = draw_orders(rng, truth, zones, end_date)
    return Shop(
        seed=seed,
        end_date=end_date,
        order_files=write_lines(rng, lines),
        profiles=profiles,
        consents=make_consents(profiles, seed, end_date=end_date),
        engagements=draw_engagements(rng, profiles, truth, zones, end_date),
        truth=truth,
    )
