"""What choosing is worth, against the best single message."""

from __future__ import annotations

import attrs
import pandas as pd

from crmlib.statistics import OffPolicyEstimate  # noqa: TC001 -- attrs reads it

BASELINE = "best single message, chosen on other customers"
"""What choosing is compared with; the folds may choose different ones."""


@attrs.frozen(kw_only=True)
class Alternative:
    """Sending one message to everybody (or to the same share).

    Parameters
    ----------
    message : str
        Its name, or that of sending nothing.
    value : OffPolicyEstimate
        What it brings per customer.
    difference : OffPolicyEstimate
        How much more than the best single message, chosen on other customers.
    """

    message: str
    value: OffPolicyEstimate
    difference: OffPolicyEstimate


@attrs.frozen(kw_only=True)
class PolicyEvaluation:
    """Whether choosing by customer pays, told from a log of earlier messages.

    Policy, reward model and best single message are learned on some customers
    and judged on others, so that none is praised for luck.

    Parameters
    ----------
    policy : OffPolicyEstimate
        What choosing brings per customer, doubly robust.
    policy_ips, policy_snips : OffPolicyEstimate
        The same by two other estimators; far apart, distrust all three.
    best_message : str
        The best single message over the whole log.
    best : OffPolicyEstimate
        What the best single message brings, chosen on other customers.
    difference : OffPolicyEstimate
        *policy* less *best*, paired; by this the gate decides.
    alternatives : tuple of Alternative
        Every single message, in the order of the planner.
    customers : int
        How many the log tells of.
    contacted : float
        Share of customers that either may contact: the budget.
    """

    policy: OffPolicyEstimate
    policy_ips: OffPolicyEstimate
    policy_snips: OffPolicyEstimate
    best_message: str
    best: OffPolicyEstimate
    difference: OffPolicyEstimate
    alternatives: tuple[Alternative, ...]
    customers: int
    contacted: float = 1.0

    @property
    def pays(self) -> bool:
        """Whether the lower bound of the difference is above 0: the gate is open."""
        return self.difference.interval[0] > 0

    @property
    def why(self) -> str:
        """The verdict in one sentence."""
        low, high = self.difference.interval
        found = (
            f"({self.difference.value:+.4f} per customer, {1 - self.difference.alpha:.0%} "
            f"interval {low:+.4f} to {high:+.4f}, {self.customers:,} customers)"
        )
        if self.pays:
            verdict = f"choosing by customer beats the {BASELINE} {found}"
        else:
            verdict = f"choosing by customer is not proven to beat the {BASELINE} {found}"
        return f"{verdict}; over the whole log the best one is {self.best_message!r}"

    def summary(self) -> pd.DataFrame:
        """Give a table that a person reads.

        Returns
        -------
        DataFrame of shape (n_messages + 2, 8), indexed by policy
            Choosing by customer, the best single message as chosen on other
            customers, and every single message: ``value`` with ``low`` and
            ``high``, ``effective_sample_size``, ``max_weight``, and the
            ``difference`` from the second row, with ``difference_low`` and
            ``difference_high``.
        """
        no_difference = attrs.evolve(self.best, value=0.0, interval=(0.0, 0.0))
        rows = {
            "choosing by customer": _row(self.policy, self.difference),
            BASELINE: _row(self.best, no_difference),
        } | {
            alternative.message: _row(alternative.value, alternative.difference)
            for alternative in self.alternatives
        }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("policy")


def _row(value: OffPolicyEstimate, difference: OffPolicyEstimate) -> dict[str, float]:
    return {
        "value": value.value,
        "low": value.interval[0],
        "high": value.interval[1],
        "effective_sample_size": value.effective_sample_size,
        "max_weight": value.max_weight,
        "difference": difference.value,
        "difference_low": difference.interval[0],
        "difference_high": difference.interval[1],
    }
