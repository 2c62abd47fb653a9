"""Which message works best for which customer, learned while sending, by MABWiser."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from crmlib.exceptions import InvalidParameterError, MissingExtraError
from crmlib.planners._choosing_planner import ChoosingPlanner
from crmlib.planners._context import make_encoder, read_context
from crmlib.planners._evaluate_policy import Trial
from crmlib.planners._message_policy import MessagePolicy
from crmlib.tables import NO_MESSAGE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt
    import pandas as pd

    from crmlib.interfaces import MessagePlanner
    from crmlib.planners._jinja_template import JinjaTemplate
    from crmlib.planners._template import Template

    Floats = npt.NDArray[np.float64]


@attrs.frozen(kw_only=True, eq=False)
class LinearBanditPolicy(MessagePolicy):
    """The message with the highest upper confidence bound.

    Parameters
    ----------
    bandit : mabwiser.mab.MAB
        Fitted.
    encoder : transformer
        Makes numbers of the context.
    context : tuple of str
        The columns to look at.
    names : tuple of str
        The messages.
    """

    bandit: Any
    encoder: Any
    context: tuple[str, ...]
    names: tuple[str, ...]

    def bounds(self, audience: pd.DataFrame) -> Floats:
        """Give the upper confidence bound of each message, a row per customer."""
        if not len(audience):
            return np.empty((0, len(self.names)))
        rows = self.encoder.transform(read_context("the audience", audience, self.context))
        told = self.bandit.predict_expectations(_with_intercept(rows))
        told = told if isinstance(told, list) else [told]  # of one customer it is no list
        return np.array([[row[name] for name in self.names] for row in told], dtype=np.float64)

    def probabilities(self, audience: pd.DataFrame) -> Floats:
        """Give the best message all of the probability, or equal parts to equals."""
        bounds = self.bounds(audience)
        best = bounds == bounds.max(axis=1, keepdims=True, initial=-np.inf)
        chances = np.zeros((len(audience), len(self.names) + 1))
        chances[:, :-1] = best / best.sum(axis=1, keepdims=True)
        return chances

    def reasons(self, audience: pd.DataFrame, chosen: npt.NDArray[np.intp]) -> list[str]:
        """Say how much can be hoped of it for each customer."""
        bounds = self.bounds(audience)
        return [
            f"by {', '.join(self.context)} it may bring up to {bounds[row, number]:.4f}"
            for row, number in enumerate(chosen)
        ]


class ContextualBanditPlanner(ChoosingPlanner):
    """Send each customer the message of which most can be hoped, seen their context.

    LinUCB [1]_ of MABWiser: ``pip install 'crmlib[bandits]'``.

    Parameters
    ----------
    messages : mapping of str to Template or MessagePlanner
        By name; a planner writes the message for each customer in its own way.
    context : sequence of str
        Columns of responses and audience to look at: numbers, and anything
        else as categories.
    alpha : float, default=1.0
        How much what is unknown is hoped for, 0 or more.
    gate : bool, default=True
        Whether the choice is made by customer only once that is proven to
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

    References
    ----------
    .. [1] L. Li et al., *A contextual-bandit approach to personalized news
       article recommendation*, WWW 2010, alg. 1.
    """

    def __init__(
        self,
        messages: Mapping[str, Template | JinjaTemplate | MessagePlanner],
        context: Sequence[str],
        *,
        alpha: float = 1.0,
        gate: bool = True,
        exploration: float = 0.1,
        random_state: int = 0,
    ) -> None:
        self.messages = messages
        self.context = context
        self.alpha = alpha
        self.gate = gate
        self.exploration = exploration
        self.random_state = random_state

    def check_parameters(self) -> None:
        """Raise InvalidParameterError if a parameter has a value that it cannot have."""
        if isinstance(self.context, str) or not len(self.context):
            raise InvalidParameterError("context", self.context, "a list of column names")
        if not isinstance(self.alpha, int | float) or not 0 <= self.alpha < float("inf"):
            raise InvalidParameterError("alpha", self.alpha, "0 or more")

    def make_trial(self, arms: tuple[str, ...]) -> Trial:
        """Say what choosing is compared with: one message for all."""
        return Trial(
            arms=arms,
            may_skip=False,
            contacted=1.0,
            costs=(0.0,) * len(arms),
            context=tuple(self.context),
            reward_model=None,
        )

    def learn_policy(self, responses: pd.DataFrame) -> LinearBanditPolicy:
        """Learn a linear model of the reward of each message from checked *responses*."""
        try:
            mab: Any = import_module("mabwiser.mab")
        except ImportError as error:
            raise MissingExtraError("ContextualBanditPlanner", "bandits") from error
        names, context = self._arms()[:-1], tuple(self.context)
        sent = responses[responses["message"] != NO_MESSAGE]
        table = read_context("responses", sent, context)
        encoder = make_encoder(table)
        bandit = mab.MAB(list(names), mab.LearningPolicy.LinUCB(alpha=float(self.alpha)))
        bandit.fit(
            sent["message"].to_numpy(dtype=object),
            sent["reward"].to_numpy(),
            _with_intercept(encoder.fit_transform(table)),
        )
        return LinearBanditPolicy(bandit=bandit, encoder=encoder, context=context, names=names)


def _with_intercept(rows: Floats) -> Floats:
    return np.column_stack([np.ones(len(rows)), rows])
