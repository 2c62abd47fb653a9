"""Which message works best in which segment, learned while sending."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.exceptions import NotFittedError

from crmlib.exceptions import InvalidParameterError, InvalidTableError
from crmlib.planners._choosing_planner import ChoosingPlanner
from crmlib.planners._evaluate_policy import Trial, arm_numbers
from crmlib.planners._thompson import fit_posteriors
from crmlib.planners._thompson_policy import DAYS_SINCE, ThompsonPolicy
from crmlib.tables import NO_MESSAGE, check_aware, check_columns

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from crmlib.interfaces import MessagePlanner
    from crmlib.planners._jinja_template import JinjaTemplate
    from crmlib.planners._template import Template


class BanditPlanner(ChoosingPlanner):
    """Send each segment the message that works best there, as far as is known by now.

    Thompson sampling [1]_: a message is drawn with the probability that its
    response rate is the highest, given all responses so far.  Rates of a
    segment are shrunk towards those of the other segments.  A message that a
    customer got lately loses ``fatigue * 0.5 ** (days / half_life_days)`` of
    the usual rate of the segment, as in the recovering difference softmax
    algorithm [2]_.

    Parameters
    ----------
    messages : mapping of str to Template or MessagePlanner
        By name; a planner writes the message for each customer in its own way.
    prior_strength : float, optional
        Weight, in responses, of what other segments say; by default as the
        responses have it.
    fatigue : float, default=0.0
        Share of the usual rate lost by sending the same message again at
        once, 0 or more.  Above 0 the responses need a column ``at``.
    half_life_days : float, default=15.0
        Days in which half of that is forgotten; above 0.
    as_of : datetime, optional
        Aware; when the messages go out.  By default the newest ``at`` of the
        responses.
    gate : bool, default=True
        Whether segments get messages of their own only once that is proven to
        beat the best single message.
    exploration : float, default=0.1
        Share of those written to that draws from all messages alike.
    random_state : int, default=0
        Another number is another draw; take a new one for each campaign.

    Attributes
    ----------
    evaluation_ : PolicyEvaluation or None
        What the gate saw; None without responses or gate.
    best_message_ : str or None
        The best single message.

    Notes
    -----
    A draw is made by a hash of ``customer_id`` and *random_state*, with
    exactly the probability that stands in ``propensity``: the chance to be
    best is integrated over 256 nodes, and what error that leaves makes the
    draw a hair's breadth less or more eager, never the log wrong.

    References
    ----------
    .. [1] W. R. Thompson, *On the likelihood that one unknown probability
       exceeds another*, Biometrika 25 (1933), p. 285.
    .. [2] K. Yancey, B. Settles, *A sleeping, recovering bandit algorithm for
       optimizing recurring notifications*, KDD 2020, sec. 4.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlib.planners import BanditPlanner, Template
    >>> planner = BanditPlanner(
    ...     {"new": Template(body="New in"), "sale": Template(body="On sale")}, gate=False
    ... )
    >>> responses = pd.DataFrame({
    ...     "customer_id": [f"C{i}" for i in range(400)], "segment": "At Risk",
    ...     "message": ["new", "sale"] * 200, "propensity": 0.5,
    ...     "reward": [float(i % 20 in (1, 3, 5, 8)) for i in range(400)],
    ... })
    >>> orders = pd.DataFrame()  # templates learn nothing from them
    >>> planner.fit(orders, responses).rates_.round(3).to_dict("index")
    {'At Risk': {'new': 0.101, 'sale': 0.299}}
    >>> audience = pd.DataFrame({"segment": ["At Risk"] * 3}, index=["C1", "C2", "C3"])
    >>> planner.plan(audience, medium="sms")[["template", "propensity"]]
       template propensity
    C1     sale       0.95
    C2     sale       0.95
    C3     sale       0.95
    """

    def __init__(
        self,
        messages: Mapping[str, Template | JinjaTemplate | MessagePlanner],
        *,
        prior_strength: float | None = None,
        fatigue: float = 0.0,
        half_life_days: float = 15.0,
        as_of: datetime | None = None,
        gate: bool = True,
        exploration: float = 0.1,
        random_state: int = 0,
    ) -> None:
        self.messages = messages
        self.prior_strength = prior_strength
        self.fatigue = fatigue
        self.half_life_days = half_life_days
        self.as_of = as_of
        self.gate = gate
        self.exploration = exploration
        self.random_state = random_state

    def check_parameters(self) -> None:
        """Raise InvalidParameterError if a parameter has a value that it cannot have."""
        for name, value, least, expected in (
            ("prior_strength", self.prior_strength, 0, "above 0, or None"),
            ("half_life_days", self.half_life_days, 0, "above 0"),
            ("fatigue", self.fatigue, -1e-300, "0 or more"),
        ):
            if value is None and name == "prior_strength":
                continue
            if not isinstance(value, int | float) or not least < value < float("inf"):
                raise InvalidParameterError(name, value, expected)
        if self.as_of is not None:
            check_aware("as_of", self.as_of)

    def make_trial(self, arms: tuple[str, ...]) -> Trial:
        """Say what choosing is compared with: one message for all segments."""
        return Trial(
            arms=arms,
            may_skip=False,
            contacted=1.0,
            costs=(0.0,) * len(arms),
            context=("segment",),
            reward_model=None,
        )

    @property
    def rates_(self) -> pd.DataFrame:
        """Expected response rate of each message by segment, after shrinking.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If no responses are known.
        """
        policy = self._learned()
        names = pd.Index(self._arms()[:-1], name="message")
        segments = policy.segments.rename("segment")
        return pd.DataFrame(policy.rates[:-1], index=segments, columns=names)

    @property
    def prior_strength_(self) -> float:
        """Weight, in responses, of what other segments say.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If no responses are known.
        """
        return self._learned().strength

    def _learned(self) -> ThompsonPolicy:
        policy = getattr(self, "policy_", None)
        if not isinstance(policy, ThompsonPolicy):
            raise NotFittedError(
                "no responses are known yet: planner.fit(transactions, responses)"
            )
        return policy

    def learn_policy(self, responses: pd.DataFrame) -> ThompsonPolicy:
        """Learn the posteriors of all rates from checked *responses*."""
        check_columns("responses", responses, ["segment"])
        if not responses["reward"].between(0, 1).all():
            raise InvalidTableError(
                "responses",
                "has rewards that are not from 0 to 1",
                "give 1 for a response and 0 for none; UpliftPlanner takes money",
            )
        arms = self._arms()
        responses = responses[responses["message"] != NO_MESSAGE]
        chosen = arm_numbers(responses, arms)
        codes, segments = pd.factorize(responses["segment"].astype(object), sort=True)
        shape = (len(segments), len(arms) - 1)
        cells = codes * shape[1] + chosen
        known = codes >= 0  # who had no segment tells nothing of one
        rewards = responses["reward"].to_numpy()
        counts = [
            np.bincount(cells[known], by, shape[0] * shape[1]) for by in (None, rewards[known])
        ]
        sent, won = (np.asarray(count, dtype=np.float64).reshape(shape) for count in counts)
        alpha, beta, strength = fit_posteriors(sent, won, self.prior_strength)
        return ThompsonPolicy(
            segments=pd.Index(segments, dtype=object),
            alpha=alpha,
            beta=beta,
            strength=strength,
            days_since=self._days_since(responses, arms[:-1]),
            fatigue=float(self.fatigue),
            half_life_days=float(self.half_life_days),
        )

    def _read(self, log: pd.DataFrame, arms: tuple[str, ...]) -> pd.DataFrame:
        responses = super()._read(log, arms)
        if not self.fatigue:
            return responses
        check_columns("responses", responses, ["at"], "fatigue needs to know when each was sent")
        # what a customer had got by then, for those who judge the choice on this log
        at = pd.to_datetime(responses["at"], utc=True)
        ordered = pd.DataFrame(
            {
                "id": responses.index,
                "message": responses["message"].to_numpy(),
                "at": at.to_numpy(),
            }
        ).sort_values(["id", "at"], kind="stable")
        since = {}
        for name in arms[:-1]:
            got = ordered["at"].where(ordered["message"] == name).groupby(ordered["id"])
            before = got.ffill().groupby(ordered["id"]).shift()
            days = (ordered["at"] - before).dt.total_seconds() // 86_400
            since[DAYS_SINCE + name] = days.sort_index().to_numpy()
        return responses.assign(**since)

    def _days_since(self, responses: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
        if not self.fatigue:
            return pd.DataFrame(columns=list(names), dtype="float64")
        at = pd.to_datetime(responses["at"], utc=True)
        now = at.max() if self.as_of is None else pd.Timestamp(self.as_of)
        last = at.groupby([responses.index, responses["message"]]).max().unstack("message")  # noqa: PD010 -- of an index
        days: pd.DataFrame = (now - last).apply(lambda column: column.dt.total_seconds() // 86_400)
        days = days.clip(lower=0).reindex(columns=list(names))
        return days.astype("float64")
