"""Who will buy within so many days: BG/NBD, corrected by what came in the days before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np
import pandas as pd

from crmlib.exceptions import InvalidTableError
from crmlib.statistics import (
    BgNbd,
    correct,
    fit_bg_nbd,
    history_features,
    learn_correction,
    probability_alive,
    purchase_probability,
)
from crmlib.timing._cycles import learn_cycles
from crmlib.timing._purchase_days import ItemDays

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from crmlib.timing._purchase_days import PurchaseDays

    Floats = npt.NDArray[np.float64]

FEWEST = 100
"""With fewer customers nothing is learned of how BG/NBD is off."""


@attrs.frozen(kw_only=True, eq=False)
class PurchaseChances:
    """What is expected of each customer who bought.

    Parameters
    ----------
    model : BgNbd or None
        None where nobody bought again.
    alive, chance, uncorrected : ndarray of float, shape (n_customers,)
        The chance to be there still, to buy within the days asked about, and
        that as BG/NBD gives it; NaN without a model.
    corrections : dict of str to dict
        What was learned for customers ``"with a gap"`` and those ``"without"``.
    """

    model: BgNbd | None
    alive: Floats
    chance: Floats
    uncorrected: Floats
    corrections: Mapping[str, Mapping[str, float]]

    def parameters(self) -> dict[str, float]:
        """Give the parameters of BG/NBD, if there is one."""
        return {} if self.model is None else attrs.asdict(self.model)


def expect_purchases(purchases: PurchaseDays, end: int, days: float) -> PurchaseChances:
    """Say of each buyer how likely a purchase is in the *days* after day *end*.

    What BG/NBD makes too much or too little of is learned by standing as many
    days before *end* and looking who bought since.
    """
    model = fit_model(purchases, end)
    if model is None:
        nothing = np.full(len(purchases.buyers()), np.nan)
        return PurchaseChances(
            model=None, alive=nothing, chance=nothing, uncorrected=nothing, corrections={}
        )
    features, has_gap = _stand(purchases, model, end, days)
    histories = purchases.histories(end)
    uncorrected = purchase_probability(model, histories, days)
    chance = uncorrected.copy()
    corrections = _learn(purchases, end, days)
    for name, group in (("with a gap", has_gap), ("without", ~has_gap)):
        if name in corrections:
            known = {key: features[key][group] for key in corrections[name] if key in features}
            chance[group] = correct(known, corrections[name])
    return PurchaseChances(
        model=model,
        alive=probability_alive(model, histories),
        chance=chance,
        uncorrected=uncorrected,
        corrections=corrections,
    )


def fit_model(purchases: PurchaseDays, end: int) -> BgNbd | None:
    """Fit BG/NBD as things stand at the end of day *end*; None where nobody bought again."""
    try:
        return fit_bg_nbd(purchases.histories(end)).model
    except InvalidTableError:
        return None


def _learn(purchases: PurchaseDays, end: int, days: float) -> dict[str, dict[str, float]]:
    before = int(end - days)
    past = purchases.until(before)
    model = fit_model(past, before) if len(past.days) else None
    if model is None:
        return {}
    features, has_gap = _stand(past, model, before, days)
    came = np.unique(purchases.customers[purchases.days > before])
    bought = np.isin(past.buyers(), came)
    corrections = {}
    for name, group in (("with a gap", has_gap), ("without", ~has_gap)):
        some = bought[group]
        if len(some) >= FEWEST and some.any() and not some.all():
            mine = {key: each[group] for key, each in features.items()}
            if name == "without":
                del mine["log_elapsed_share"]
            corrections[name] = learn_correction(mine, some)
    return corrections


def _stand(
    purchases: PurchaseDays, model: BgNbd, end: int, days: float
) -> tuple[dict[str, Floats], npt.NDArray[np.bool_]]:
    """Give what is known of each buyer at the end of day *end*, and who has a gap."""
    histories = purchases.histories(end)
    chance = purchase_probability(model, histories, days)
    features = history_features(chance, purchases.mean_amounts(), histories)
    cycles = learn_cycles(_as_one_item(purchases), end)
    silent = np.log(np.maximum(end - cycles.last_days, 0) + 0.5)
    return features | {"log_elapsed_share": silent - cycles.log_gap}, histories.x > 0


def _as_one_item(purchases: PurchaseDays) -> ItemDays:
    return ItemDays(
        items=pd.RangeIndex(1),
        customers=purchases.customers,
        item_codes=np.zeros_like(purchases.customers),
        days=purchases.days,
    )
