"""Planners that choose among messages, and choose only where it pays."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from sklearn.base import clone

from crmlib.exceptions import InvalidParameterError, UnknownNameError
from crmlib.interfaces import MessagePlanner
from crmlib.planners._evaluate_policy import Trial, best_single, evaluate_policy
from crmlib.planners._jinja_template import JinjaTemplate
from crmlib.planners._message_choice import MessageChoice, draw_messages
from crmlib.planners._template import Template
from crmlib.planners._template_planner import DEFAULT, TemplatePlanner
from crmlib.tables import NO_MESSAGE, check_responses

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmlib.planners._message_policy import MessagePolicy
    from crmlib.planners._policy_evaluation import PolicyEvaluation


class ChoosingPlanner(MessagePlanner):
    """What :class:`BanditPlanner` and :class:`UpliftPlanner` have in common.

    Without responses every message is drawn equally often, which makes the
    log that there is none of yet.  With responses a policy is learned, and
    the gate asks whether choosing by customer is worth it: only where the
    lower bound of its value beats the best single message is it used; else
    the best single message goes to everybody.  Either way a share of
    customers draws from all messages alike, to go on learning.
    """

    messages: Mapping[str, Template | JinjaTemplate | MessagePlanner]
    gate: bool
    exploration: float
    random_state: int

    @abstractmethod
    def learn_policy(self, responses: pd.DataFrame) -> MessagePolicy:
        """Learn from checked *responses* by what to choose; keep nothing of it in the planner."""

    @abstractmethod
    def check_parameters(self) -> None:
        """Raise InvalidParameterError if a parameter of its own cannot be."""

    @abstractmethod
    def make_trial(self, arms: tuple[str, ...]) -> Trial:
        """Say what choosing is compared with."""

    def fit(self, transactions: pd.DataFrame, y: pd.DataFrame | None = None) -> Self:
        """Learn from the responses *y* what to choose.

        Parameters
        ----------
        transactions : DataFrame of shape (n_lines, n_columns)
            Orders; only those messages that are planners learn from them.
        y : DataFrame of shape (n_decisions, n_columns), optional
            Responses to earlier messages, as
            :func:`crmlib.tables.check_responses` takes them, with the columns
            that the choice looks at.  Without it messages are drawn evenly.

        Raises
        ------
        InvalidParameterError
            If a parameter has a value that it cannot have.
        MissingColumnsError, InvalidTableError
            If *y* lacks a column, or holds what cannot be.
        UnknownNameError
            If *y* has a message that the planner has not.
        """
        self.check()
        arms = self._arms()
        self.writers_ = {
            name: clone(writer).fit(transactions) for name, writer in self._writers().items()
        }
        self.evaluation_: PolicyEvaluation | None = None
        self.policy_: MessagePolicy | None = None
        self.best_message_: str | None = None
        if y is None:
            return self
        responses = self._read(y, arms)
        trial = self.make_trial(arms)
        net = responses["reward"] - responses["message"].map(
            dict(zip(arms, trial.costs, strict=True))
        )
        self.best_message_ = arms[best_single(responses, net.to_numpy(), trial)]
        if self.gate:
            self.evaluation_ = self.evaluate(y)
        self.policy_ = self.learn_policy(responses)
        return self

    def evaluate(
        self, log: pd.DataFrame, *, n_folds: int = 5, alpha: float = 0.05
    ) -> PolicyEvaluation:
        """Ask what choosing would have brought, beside the best single message.

        The planner need not be fitted: it learns on parts of the *log* and is
        judged on the others, by customer.

        Parameters
        ----------
        log : DataFrame of shape (n_decisions, n_columns)
            Responses, as :meth:`fit` takes them.
        n_folds : int, default=5
            Parts.
        alpha : float, default=0.05
            The share of intervals that miss the truth.

        Returns
        -------
        PolicyEvaluation

        Raises
        ------
        InvalidParameterError, MissingColumnsError, InvalidTableError, UnknownNameError
            As :meth:`fit`; or if there are too few customers.
        """
        self.check()
        arms = self._arms()
        responses = self._read(log, arms)
        trial = self.make_trial(arms)
        return evaluate_policy(responses, self.learn_policy, trial, n_folds=n_folds, alpha=alpha)

    def plan(self, audience: pd.DataFrame, *, medium: str) -> pd.DataFrame:
        """Choose and write one message for each customer of *audience*.

        Parameters
        ----------
        audience : DataFrame of shape (n_customers, n_columns)
            Indexed by ``customer_id``, with the columns that the choice and
            the messages look at.
        medium : str
            What carries the message.

        Returns
        -------
        DataFrame of shape (n_customers, 11), indexed like *audience*
            ``template`` is the name of the message among *messages*.  Who
            gets none has a ``problem`` that says why.

        Raises
        ------
        MissingColumnsError
            If *audience* lacks a column.
        """
        self.check()
        choice = self.choose(audience)
        names = self._arms()[:-1]
        writers = getattr(self, "writers_", None) or self._writers()
        columns = {column: np.full(len(audience), None, dtype=object) for column in self.columns}
        for number, name in enumerate(names):
            places = np.flatnonzero(choice.chosen == number)
            written = writers[name].plan(audience.iloc[places], medium=medium)
            for column in self.columns:
                columns[column][places] = written[column].to_numpy(dtype=object)
            columns["template"][places] = name
        none = choice.chosen == len(names)
        columns["propensity"][none] = 1.0
        own = pd.to_numeric(pd.Series(columns["propensity"]), errors="coerce")
        columns["propensity"] = own.to_numpy() * choice.propensity
        columns["why"] = np.array(choice.why, dtype=object)
        columns["problem"][none] = columns["why"][none]
        return pd.DataFrame(columns, index=audience.index, dtype=object)

    def choose(self, audience: pd.DataFrame) -> MessageChoice:
        """Draw a message for each customer: the same whenever the same one is asked about."""
        arms = self._arms()
        policy = getattr(self, "policy_", None)
        evaluation = getattr(self, "evaluation_", None)
        if policy is None:
            even = np.full((len(audience), len(arms)), 1 / (len(arms) - 1))
            even[:, -1] = 0
            why = self._untried
            return self._draw(audience, even, lambda chosen: [why] * len(chosen))
        if evaluation is None or evaluation.pays:
            return self._draw(
                audience,
                policy.probabilities(audience),
                lambda chosen: policy.reasons(audience, chosen),
            )
        trial = self.make_trial(arms)
        best = trial.single_policy(arms.index(evaluation.best_message), len(audience))
        return self._draw(audience, best, lambda chosen: [evaluation.why] * len(chosen))

    def _draw(self, audience: pd.DataFrame, probabilities: Any, reasons: Any) -> MessageChoice:
        return draw_messages(
            audience.index,
            probabilities,
            exploration=self.exploration,
            salt=f"{type(self).__name__} {self.random_state}",
            names=self._arms(),
            reasons=reasons,
        )

    @property
    def verdict(self) -> str:
        """Whether choosing by customer pays, and what is done about it."""
        evaluation: PolicyEvaluation | None = getattr(self, "evaluation_", None)
        if getattr(self, "policy_", None) is None:
            return self._untried
        if evaluation is None:
            return "the message is chosen by customer; whether that pays was not asked"
        if evaluation.pays:
            return f"{evaluation.why}; so it is chosen by customer"
        if evaluation.best_message == NO_MESSAGE:
            return f"{evaluation.why}; so nobody gets one"
        whom = "everybody gets it"
        if evaluation.contacted < 1:
            whom = f"{evaluation.contacted:.0%} get it by lot"
        tries = f", save that {self.exploration:.0%} of them try all" if self.exploration else ""
        return f"{evaluation.why}; so {whom}{tries}"

    @property
    def _untried(self) -> str:
        n_messages = len(self._arms()) - 1
        tried = f"{n_messages} messages are tried evenly"
        if n_messages == 1:
            tried = "the only message goes to everybody"
        return f"no response is known yet, so {tried}"

    def check(self) -> None:
        """Raise InvalidParameterError if a parameter has a value that it cannot have."""
        if not isinstance(self.exploration, int | float) or not 0 <= self.exploration <= 1:
            raise InvalidParameterError("exploration", self.exploration, "a share from 0 to 1")
        if self._arms() == (NO_MESSAGE,):
            raise InvalidParameterError("messages", self.messages, "one message or more")
        self.check_parameters()

    def _arms(self) -> tuple[str, ...]:
        return (*self._writers(), NO_MESSAGE)

    def _writers(self) -> dict[str, MessagePlanner]:
        """Give the planner of each message; a template is one for every segment."""
        expected = f"a mapping of name to Template or planner, none called {NO_MESSAGE!r}"
        writers: dict[str, MessagePlanner] = {}
        try:
            pairs = list(self.messages.items())
        except AttributeError:
            raise InvalidParameterError("messages", self.messages, expected) from None
        for name, message in pairs:
            known = isinstance(message, Template | JinjaTemplate | MessagePlanner)
            if not isinstance(name, str) or not known or name == NO_MESSAGE:
                raise InvalidParameterError("messages", {name: message}, expected)
            writers[name] = (
                message
                if isinstance(message, MessagePlanner)
                else TemplatePlanner({DEFAULT: message})
            )
        return writers

    def _read(self, log: pd.DataFrame, arms: tuple[str, ...]) -> pd.DataFrame:
        responses = check_responses(log)
        for message in responses["message"].unique():
            if message not in arms:
                raise UnknownNameError("message", message, arms)
        return responses
