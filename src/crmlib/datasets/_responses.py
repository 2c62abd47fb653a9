"""What the customers of a synthetic shop buy after a campaign."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd

from crmlib.datasets._baskets import draw_lines, draw_main_categories, to_places
from crmlib.datasets._catalogue import CURRENCY
from crmlib.datasets._moments import draw_seconds, to_instants
from crmlib.datasets._orders import SALES_CHANNELS, make_order_ids
from crmlib.exceptions import InvalidParameterError
from crmlib.messages import Decision
from crmlib.tables import make_transactions

if TYPE_CHECKING:
    import numpy.typing as npt

    from crmlib.datasets._shop import Shop

WINDOW_DAYS = 14
"""Days within which the planted rates hold."""

FIRST_NUMBER = 500_001
"""Number of the first later order of each sales channel."""

_RETURNED = 0.03
_STREAM = 4


class PlanLike(Protocol):
    """What :meth:`Shop.respond` reads of a plan; datasets know no campaigns."""

    @property
    def header(self) -> dict[str, Any]:
        """Holds ``created_at``."""
        ...

    @property
    def table(self) -> pd.DataFrame:
        """Holds ``decision`` and ``send_at``, indexed by customer_id."""
        ...


def draw_responses(plan: PlanLike, shop: Shop, *, days: int, seed: int) -> pd.DataFrame:
    """Draw the lines of :meth:`Shop.respond`."""
    if days < WINDOW_DAYS:
        raise InvalidParameterError("days", days, f"{WINDOW_DAYS} or more")
    rng = np.random.default_rng([_STREAM, shop.seed, seed])
    truth = shop.truth
    zones = shop.profiles["timezone"].fillna(shop.timezone).to_numpy(dtype=object)
    decisions = plan.table["decision"].reindex(truth.index)
    start = plan.table["send_at"].reindex(truth.index)
    start = start.fillna(pd.Timestamp(plan.header["created_at"])).reset_index(drop=True)
    treated = (decisions == Decision.SEND).to_numpy()
    baseline = truth["baseline_rate"].to_numpy()
    chance = baseline + np.where(treated, truth["treatment_effect"], 0)
    early = np.flatnonzero(rng.random(len(truth)) < chance)
    late = np.flatnonzero(rng.random(len(truth)) < baseline)
    wait = rng.random(len(early)) ** np.where(treated[early], 2, 1) * WINDOW_DAYS
    later = WINDOW_DAYS + rng.random(len(late)) * (days - WINDOW_DAYS)
    hours = truth["favourite_hour"].to_numpy()
    buyers = np.concatenate([early, late])
    moments = _settle(
        rng, start.iloc[buyers], np.concatenate([wait, later]), hours[buyers], zones[buyers]
    )
    liked = np.where(
        treated, to_places(truth["complementary_category"]), to_places(truth["favourite_category"])
    )[buyers]
    main = draw_main_categories(rng, buyers, liked, own=0.8, follow=0.0)
    channels = rng.choice(
        np.array(list(SALES_CHANNELS), dtype=object),
        len(buyers),
        p=list(SALES_CHANNELS.values()),
    )
    orders = pd.DataFrame(
        {
            "customer_id": truth.index.to_numpy()[buyers],
            "ordered_at": moments,
            "sales_channel": channels,
            "main": main,
        }
    ).sort_values(["ordered_at", "customer_id"], ignore_index=True)
    orders["order_id"] = make_order_ids(orders["sales_channel"], FIRST_NUMBER)
    return make_transactions(_lines(rng, orders), source="later orders").table


def _settle(
    rng: np.random.Generator,
    start: pd.Series[pd.Timestamp],
    wait_days: npt.NDArray[np.float64],
    hours: npt.NDArray[np.int64],
    zones: npt.NDArray[np.object_],
) -> pd.DatetimeIndex:
    """Give moments about *wait_days* after *start*, at a liked hour if the window permits."""
    wait = pd.to_timedelta(np.floor(wait_days * 86_400), unit="s").as_unit("us")
    begun = pd.DatetimeIndex(start)
    drawn = begun + wait
    dates = np.asarray(drawn.tz_localize(None).astype("datetime64[s]")).astype("datetime64[D]")
    liked = pd.DatetimeIndex(to_instants(dates, draw_seconds(rng, hours), zones))
    since, window = liked - begun, pd.Timedelta(days=WINDOW_DAYS)
    fits = (since >= pd.Timedelta(0)) & ((since < window) == (wait < window))
    return liked.where(fits, drawn)


def _lines(rng: np.random.Generator, orders: pd.DataFrame) -> pd.DataFrame:
    lines = draw_lines(rng, orders.pop("main").to_numpy())
    lines = orders.iloc[lines["order"]].reset_index(drop=True).join(lines)
    lines["line_id"] = lines["order_id"] + "-" + lines["line"].astype(str)
    back = lines[rng.random(len(lines)) < _RETURNED]
    back = back.assign(
        line_id=back["line_id"] + "-R", amount=-back["amount"], quantity=-back["quantity"]
    )
    both = pd.concat([lines, back], ignore_index=True).sort_values(
        ["ordered_at", "line_id"], ignore_index=True
    )
    return both.drop(columns=["order", "line"]).assign(currency=CURRENCY)
