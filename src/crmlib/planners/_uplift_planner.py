"""Whom a message moves, and which one: by uplift, under a budget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge

from crmlib.exceptions import InvalidParameterError, InvalidTableError, MissingColumnsError
from crmlib.planners._choosing_planner import ChoosingPlanner
from crmlib.planners._context import default_model, make_model, read_context
from crmlib.planners._evaluate_policy import Trial, arm_numbers
from crmlib.planners._uplift_learners import LEARNERS, N_FOLDS, UpliftTask
from crmlib.planners._uplift_policy import UpliftPolicy
from crmlib.statistics import hashed_uniforms
from crmlib.tables import NO_MESSAGE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from crmlib.interfaces import MessagePlanner
    from crmlib.planners._jinja_template import JinjaTemplate
    from crmlib.planners._template import Template


class UpliftPlanner(ChoosingPlanner):
    """Send the message that changes most, to those whom it changes, and else none.

    Learns from responses in which some got no message what each message
    brings on top of that, by customer [1]_ [2]_.

    Parameters
    ----------
    messages : mapping of str to Template or MessagePlanner
        By name; a planner writes the message for each customer in its own way.
    context : sequence of str
        Columns of responses and audience to look at: numbers, and anything
        else as categories.  Leave out what the message itself changes.
    learner : {"DR", "T", "X"}, default="DR"
        Doubly robust; difference of two models; or of imputed effects.
    outcome_model : estimator, optional
        Of scikit-learn; tells the reward of each message.  By default a
        logistic regression for rewards that are 0 or 1, ridge for others.
    effect_model : estimator, optional
        A regressor of scikit-learn for X and DR; by default ridge.
    costs : mapping of str to float, optional
        Of one message, in the unit of the rewards; by default 0.
    budget : float, default=1.0
        Largest share of an audience to be contacted, above 0 and at most 1:
        those whom it brings most.
    propensity_model : classifier, optional
        Estimates the propensities of responses that have none.
    gate : bool, default=True
        Whether the choice is made by customer only once that is proven to
        beat the best single message (sent to the same share by lot).
    exploration : float, default=0.05
        Share of those written to that draws from all messages alike.
    random_state : int, default=0
        Another number is another draw; take a new one for each campaign.

    Attributes
    ----------
    evaluation_ : PolicyEvaluation or None
        What the gate saw; None without responses or gate.
    best_message_ : str or None
        The best single message, or that of sending none.

    References
    ----------
    .. [1] S. R. Künzel et al., *Metalearners for estimating heterogeneous
       treatment effects*, PNAS 116 (2019), p. 4157 (T and X).
    .. [2] E. H. Kennedy, *Towards optimal doubly robust estimation of
       heterogeneous causal effects*, EJS 17 (2023), p. 3008 (DR).

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from crmlib.planners import Template, UpliftPlanner
    >>> luck = np.random.default_rng(0).random((2, 4000))
    >>> likes = np.arange(4000) % 2
    >>> message = np.where(luck[0] < 0.5, "shoes", "no message")
    >>> responses = pd.DataFrame({
    ...     "customer_id": [f"C{i}" for i in range(4000)], "likes_shoes": likes,
    ...     "message": message, "propensity": 0.5,
    ...     "reward": (luck[1] < 0.1 + 0.2 * likes * (message == "shoes")).astype(float),
    ... })
    >>> planner = UpliftPlanner(
    ...     {"shoes": Template(body="New shoes")}, context=["likes_shoes"], budget=0.5
    ... ).fit(pd.DataFrame(), responses)
    >>> planner.evaluation_.pays
    True
    >>> audience = pd.DataFrame({"segment": "all", "likes_shoes": [1, 0]}, index=["C1", "C2"])
    >>> planner.rank(audience)[["message", "rank"]]
           message  rank
    C1       shoes     1
    C2  no message     2
    """

    def __init__(
        self,
        messages: Mapping[str, Template | JinjaTemplate | MessagePlanner],
        context: Sequence[str],
        *,
        learner: str = "DR",
        outcome_model: Any = None,
        effect_model: Any = None,
        costs: Mapping[str, float] | None = None,
        budget: float = 1.0,
        propensity_model: Any = None,
        gate: bool = True,
        exploration: float = 0.05,
        random_state: int = 0,
    ) -> None:
        self.messages = messages
        self.context = context
        self.learner = learner
        self.outcome_model = outcome_model
        self.effect_model = effect_model
        self.costs = costs
        self.budget = budget
        self.propensity_model = propensity_model
        self.gate = gate
        self.exploration = exploration
        self.random_state = random_state

    def rank(self, audience: pd.DataFrame) -> pd.DataFrame:
        """Say whom to contact first, and with what, whatever the gate says.

        Parameters
        ----------
        audience : DataFrame of shape (n_customers, n_columns)
            Indexed by ``customer_id``, with the columns of *context*.

        Returns
        -------
        DataFrame of shape (n_customers, 5), indexed like *audience*
            ``message`` that brings most after its cost (or none), ``uplift``
            over no message, ``cost``, ``net`` (uplift less cost) and ``rank``
            from 1, the highest net first.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If no responses are known.
        MissingColumnsError
            If *audience* lacks a column.
        """
        policy = getattr(self, "policy_", None)
        if not isinstance(policy, UpliftPolicy):
            raise NotFittedError(
                "no responses are known yet: planner.fit(transactions, responses)"
            )
        uplift = policy.uplift(audience)
        best = (uplift - policy.costs).argmax(axis=1)
        gain = uplift[np.arange(len(audience)), best]
        net = gain - policy.costs[best]
        names = np.array(self._arms(), dtype=object)
        luck = hashed_uniforms(map(str, audience.index), "ties")
        ranks = np.empty(len(audience), dtype=np.int64)
        ranks[np.lexsort((luck, -net))] = np.arange(1, len(audience) + 1)
        return pd.DataFrame(
            {
                "message": np.where(net > 0, names[best], NO_MESSAGE),
                "uplift": gain,
                "cost": policy.costs[best],
                "net": net,
                "rank": ranks,
            },
            index=audience.index,
        )

    def check_parameters(self) -> None:
        """Raise InvalidParameterError if a parameter has a value that it cannot have."""
        if isinstance(self.context, str) or not len(self.context):
            raise InvalidParameterError("context", self.context, "a list of column names")
        if self.learner not in LEARNERS:
            raise InvalidParameterError("learner", self.learner, f"one of {sorted(LEARNERS)}")
        if not isinstance(self.budget, int | float) or not 0 < self.budget <= 1:
            raise InvalidParameterError("budget", self.budget, "a share above 0 and at most 1")
        names = self._arms()[:-1]
        for name, cost in (self.costs or {}).items():
            is_cost = isinstance(cost, int | float) and np.isfinite(cost)
            if name not in names or not is_cost:
                raise InvalidParameterError(
                    "costs", {name: cost}, f"a finite number by message; messages are {names}"
                )

    def make_trial(self, arms: tuple[str, ...]) -> Trial:
        """Say what choosing is compared with: the best message, to as many as the budget lets."""
        return Trial(
            arms=arms,
            may_skip=True,
            contacted=float(self.budget),
            costs=(*self._costs(arms), 0.0),
            context=tuple(self.context),
            reward_model=self.outcome_model,
        )

    def learn_policy(self, responses: pd.DataFrame) -> UpliftPolicy:
        """Learn what each message brings from checked *responses*."""
        arms = self._arms()
        chosen = arm_numbers(responses, arms)
        if not (chosen == len(arms) - 1).any():
            raise InvalidTableError(
                "responses",
                f"has no row whose message is {NO_MESSAGE!r}",
                "uplift is told by those who got none: hold some out at random",
            )
        rewards = responses["reward"].to_numpy()
        luck = hashed_uniforms(responses.index, "nuisance")
        context = tuple(self.context)
        task = UpliftTask(
            context=read_context("responses", responses, context),
            chosen=chosen,
            propensities=responses["propensity"].to_numpy(),
            rewards=rewards,
            folds=(luck * N_FOLDS).astype(np.intp),
            n_arms=len(arms),
            outcome_model=(
                default_model(rewards) if self.outcome_model is None else self.outcome_model
            ),
            effect_model=Ridge() if self.effect_model is None else self.effect_model,
        )
        return UpliftPolicy(
            models=LEARNERS[self.learner](task),
            context=context,
            costs=np.array(self._costs(arms)),
            budget=float(self.budget),
        )

    def _costs(self, arms: tuple[str, ...]) -> tuple[float, ...]:
        costs = self.costs or {}
        return tuple(float(costs.get(name, 0.0)) for name in arms[:-1])

    def _read(self, log: pd.DataFrame, arms: tuple[str, ...]) -> pd.DataFrame:
        if "propensity" in log.columns:
            return super()._read(log, arms)
        if self.propensity_model is None:
            raise MissingColumnsError(
                "responses",
                ["propensity"],
                [str(column) for column in log.columns],
                "log it, or give a propensity_model that estimates it",
            )
        responses = super()._read(log.assign(propensity=1.0), arms)
        return responses.assign(propensity=self._estimate_propensities(responses))

    def _estimate_propensities(self, responses: pd.DataFrame) -> npt.NDArray[np.float64]:
        """Give the chance of what each customer got, by models that never saw the customer."""
        context = read_context("responses", responses, self.context)
        chosen = responses["message"].to_numpy(dtype=object)
        folds = (hashed_uniforms(responses.index, "propensity") * N_FOLDS).astype(np.intp)
        chances = np.empty(len(responses))
        for fold in np.unique(folds):
            here = folds == fold
            model = make_model(self.propensity_model, context).fit(context[~here], chosen[~here])
            columns = pd.Index(model.classes_).get_indexer(pd.Index(chosen[here]))
            told = model.predict_proba(context[here])
            chances[here] = np.where(columns < 0, 0, told[np.arange(len(columns)), columns])
        return np.clip(chances, 1e-3, 1.0)
