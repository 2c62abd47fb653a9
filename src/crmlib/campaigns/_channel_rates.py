"""How often customers answer by each medium."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from crmlib.exceptions import InvalidParameterError
from crmlib.tables import check_engagements

if TYPE_CHECKING:
    from collections.abc import Sequence

_GOT: Final = ("sent", "delivered")
_ANSWERS: Final = ("clicked", "replied")
"""Opens are left out: most are made by software."""


class ChannelRates(BaseEstimator):
    """Learn by which medium customers answer: by clicking or replying.

    The rate of a medium is drawn towards that of all media, and the rate of a
    customer on a medium towards that of the medium: as if *prior_messages*
    messages more had been answered at that rate.  So one lucky click does not
    decide, and of whom nothing is known the medium's rate is assumed.

    Parameters
    ----------
    prior_messages : float, default=20
        Above 0.

    Attributes
    ----------
    rate_ : float
        Of all messages, the share that was answered; from 0 to 1.
    medium_rates_ : Series of float, indexed by medium
        From 0 to 1.
    counts_ : DataFrame of shape (n_pairs, 2), indexed by customer_id and medium
        ``messages`` and ``answers``.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlib.campaigns import ChannelRates
    >>> engagements = pd.DataFrame({
    ...     "customer_id": ["C1"] * 3, "message_key": ["a", "a", "b"],
    ...     "channel": ["sms", "sms", "email"], "event": ["sent", "clicked", "sent"],
    ...     "at": pd.Timestamp("2026-11-01", tz="UTC"),
    ... })
    >>> rates = ChannelRates().fit(engagements)
    >>> rates.predict(["C1", "C2"], ["sms", "email"]).loc["C1"].round(3).to_dict()
    {'sms': 0.546, 'email': 0.454}
    """

    def __init__(self, prior_messages: float = 20) -> None:
        self.prior_messages = prior_messages

    def fit(self, engagements: pd.DataFrame, y: None = None) -> Self:  # noqa: ARG002 -- as all estimators have it
        """Learn from the canonical *engagements* table.

        Raises
        ------
        InvalidParameterError
            If *prior_messages* is not above 0.
        MissingColumnsError, InvalidTableError
            If *engagements* is no engagements table.
        """
        if not self.prior_messages > 0:
            raise InvalidParameterError("prior_messages", self.prior_messages, "above 0")
        events = check_engagements(engagements)
        events = events.assign(medium=events["channel"].str.lower())
        keys = ["customer_id", "medium", "message_key"]
        answered = events["event"].isin(_ANSWERS) & ~events["is_machine"].astype(bool)
        seen = events.assign(answers=answered)[answered | events["event"].isin(_GOT)]
        messages = seen.groupby(keys)["answers"].max().astype("float64")
        grouped = messages.groupby(["customer_id", "medium"])
        self.counts_ = pd.DataFrame({"messages": grouped.size(), "answers": grouped.sum()})
        by_medium = self.counts_.groupby("medium").sum()
        total = by_medium.sum()
        self.rate_ = float(total["answers"] / total["messages"]) if total["messages"] else 0.0
        self.medium_rates_ = self._shrink(by_medium, self.rate_)
        return self

    def predict(
        self, customer_ids: Sequence[str] | pd.Index, media: Sequence[str]
    ) -> pd.DataFrame:
        """Give the rate of each customer on each of *media*.

        Returns
        -------
        DataFrame of shape (n_customers, n_media), indexed by customer_id
            From 0 to 1.
        """
        check_is_fitted(self)
        ids = pd.Index(customer_ids, name="customer_id")
        columns = {}
        for medium in media:
            known = self.counts_[self.counts_.index.get_level_values("medium") == medium]
            own = known.droplevel("medium").reindex(ids).fillna(0.0)
            columns[medium] = self._shrink(own, self.medium_rates_.get(medium, self.rate_))
        return pd.DataFrame(columns, index=ids)

    def _shrink(self, counts: pd.DataFrame, towards: float) -> pd.Series[float]:
        prior = self.prior_messages
        rates: pd.Series[float] = (counts["answers"] + prior * towards) / (
            counts["messages"] + prior
        )
        return rates
