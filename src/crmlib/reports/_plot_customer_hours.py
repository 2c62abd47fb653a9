"""When one customer is there, beside everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.exceptions import InvalidParameterError
from crmlib.reports._canvas import new_axes, put_title, style
from crmlib.reports._palette import BLUE, GREY, SKY

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmlib.timing import PreferredHourTiming


def plot_customer_hours(
    timing: PreferredHourTiming, customer_id: str, *, ax: Axes | None = None
) -> Axes:
    """Draw the hours of a customer beside those of everybody.

    Parameters
    ----------
    timing : PreferredHourTiming
        Fitted.
    customer_id : str
        Seen by the fit.
    ax : Axes, optional
        Where to draw; by default on a new figure.

    Returns
    -------
    Axes
        Hours of the local day to the right, shares in percent upwards: bars
        for the visits that were seen, a line with its 95% interval for what
        is expected of the customer, and one for everybody.

    Raises
    ------
    InvalidParameterError
        If the fit has not seen the customer.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlib.timing import PreferredHourTiming
    >>> evenings = pd.date_range("2026-01-05 19:10", periods=8, freq="D", tz="UTC")
    >>> events = pd.DataFrame({"customer_id": "ann", "ordered_at": evenings})
    >>> plot_customer_hours(PreferredHourTiming().fit(events), "ann").get_xlabel()
    'hour of the local day'
    """
    if customer_id not in timing.customer_ids_:
        raise InvalidParameterError("customer_id", customer_id, "one that the model was fitted on")
    customers = pd.DataFrame(index=pd.Index([customer_id], name="customer_id"))
    expected = timing.hour_probabilities(customers).to_numpy()[0]
    seen = timing.hour_counts_[timing.customer_ids_.get_loc(customer_id)]
    bounds = timing.hour_intervals(customers)
    low, high = (bounds[bound].to_numpy()[0] for bound in ("low", "high"))
    own = timing.weights(customers)["own"].iloc[0]
    hours = np.arange(len(seen))
    with style():
        ax = new_axes(ax, 3.2)
        visits = "1 visit" if seen.sum() == 1 else f"{seen.sum():,} visits"
        ax.bar(hours, 100 * seen / seen.sum(), color=SKY, alpha=0.6, label=f"seen, {visits}")
        ax.plot(hours, 100 * timing.hour_population_, color=GREY, linewidth=2, label="everybody")
        label = f"expected, weight {own:.2f} own, with 95% interval"
        ax.fill_between(hours, 100 * low, 100 * high, color=BLUE, alpha=0.16, linewidth=0)
        ax.plot(hours, 100 * expected, color=BLUE, linewidth=2, label=label)
        ax.set_xticks(range(0, len(seen), 3), [f"{hour:02}" for hour in range(0, len(seen), 3)])
        ax.set_xlabel("hour of the local day")
        ax.set_ylabel("share, %")
        ax.set_ylim(bottom=0)
        ax.grid(visible=True, axis="y")
        put_title(ax, "When this customer is there")
    return ax
