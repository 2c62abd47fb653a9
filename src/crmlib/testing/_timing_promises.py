"""The promises of :class:`crmlib.interfaces.TimingModel`, a function each.

Every function takes the trial; its docstring is the sentence of the contract.
"""
# ruff: noqa: D401 -- a promise is a statement, no order

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlib.exceptions import ConformanceError
from crmlib.testing._estimator_trial import require_same
from crmlib.testing._example_tables import example_slots

if TYPE_CHECKING:
    from crmlib.testing._estimator_trial import EstimatorTrial

SEOUL = "Asia/Seoul"


def scores_every_slot_for_every_customer(trial: EstimatorTrial) -> None:
    """The scores are an array of floats with a row per customer and a column per slot."""
    slots = example_slots(SEOUL)
    scores = trial.fitted().preferences(trial.asked.copy(), slots)
    wanted = (len(trial.asked), len(slots))
    if not isinstance(scores, np.ndarray) or scores.shape != wanted or scores.dtype.kind != "f":
        raise ConformanceError(
            f"an ndarray of float with the shape {wanted}",
            f"a {type(scores).__name__} of {getattr(scores, 'dtype', '?')} "
            f"with the shape {getattr(scores, 'shape', '?')}",
            "score each slot for each customer; use np.asarray(…, dtype=float)",
        )


def scores_are_finite_and_not_negative(trial: EstimatorTrial) -> None:
    """No score is negative, infinite or missing."""
    _require_scores(trial.answer(trial.fitted()), "after fit")


def likes_some_moment(trial: EstimatorTrial) -> None:
    """Every customer likes at least one moment: no row is all zero."""
    scores = trial.answer(trial.fitted())
    n_empty = int((scores == 0).all(axis="columns").sum())
    if n_empty:
        raise ConformanceError(
            "a score above 0 in every row",
            f"{n_empty} rows of zeros",
            "mix in what is known of all customers",
        )


def knows_what_strangers_like(trial: EstimatorTrial) -> None:
    """Customers that fit never saw get what is known of all: the same row for each."""
    strangers = trial.asked.iloc[[0, 0]]
    strangers.index = pd.Index(["stranger 1", "stranger 2"], name=strangers.index.name)
    scores = trial.answer(trial.fitted(), strangers)
    _require_scores(scores, "for customers that fit never saw")
    if not np.allclose(scores.iloc[0], scores.iloc[1]) or (scores == 0).all(axis=None):
        raise ConformanceError(
            "the same scores for two strangers, and not only zeros",
            f"rows that begin with {scores.iloc[0, :3].to_list()} and "
            f"{scores.iloc[1, :3].to_list()}",
            "fall back on the preferences of all customers",
        )


def reads_slots_on_the_local_clock(trial: EstimatorTrial) -> None:
    """The same hours on the clock get the same scores in every zone."""
    fitted = trial.fitted()
    require_same(
        _ask(fitted, trial.asked, "UTC"),
        _ask(fitted, trial.asked, SEOUL),
        "the scores of 09:00 UTC for a customer in UTC to be those of 09:00 in Seoul "
        "for a customer in Seoul",
        "read hour and weekday off the slots as they come, without conversion",
    )


def learns_on_the_local_clock(trial: EstimatorTrial) -> None:
    """An event counts for the hour that the customer's own clock showed."""
    shown = trial.training["ordered_at"].dt.tz_localize(None)
    customers = trial.training["customer_id"].unique()
    answers = []
    for zone in ("UTC", SEOUL):
        events = trial.training.assign(
            ordered_at=shown.dt.tz_localize(zone)
            .dt.tz_convert("UTC")
            .astype("datetime64[us, UTC]")
        )
        zones = pd.Series(zone, index=pd.Index(customers, name="customer_id"), dtype="str")
        answers.append(_ask(trial.twin().fit(events, zones=zones), trial.asked, "UTC"))
    require_same(
        answers[1],
        answers[0],
        "orders at 09:00 in Seoul to teach what orders at 09:00 in UTC teach",
        "convert each event to the zone of its customer before reading the hour",
    )


def accepts_customers_without_a_zone(trial: EstimatorTrial) -> None:
    """The zones may lack some of the customers, and name others who bought nothing."""
    customers = trial.training["customer_id"].unique()
    known = [*customers[: len(customers) // 2], "bought nothing"]
    zones = pd.Series(SEOUL, index=pd.Index(known, name="customer_id"), dtype="str")
    fitted = trial.twin().fit(trial.training.copy(), zones=zones)
    _require_scores(trial.answer(fitted), "with zones of some customers only")


def learns_from_one_event(trial: EstimatorTrial) -> None:
    """One event is enough to learn from."""
    scores = trial.answer(trial.fitted(trial.training.iloc[:1]))
    _require_scores(scores, "after fit on one event")


def learns_from_engagements(trial: EstimatorTrial) -> None:
    """Events of the engagements table, with their instant in "at", are learned from as well."""
    scores = trial.answer(trial.fitted(_make_engagements(trial)))
    _require_scores(scores, "after fit on engagements")


def learns_nothing_from_machines(trial: EstimatorTrial) -> None:
    """What machines open teaches nothing, however often they do."""
    people = _make_engagements(trial)
    try:
        expected = trial.answer(trial.fitted(people))
    except Exception:  # noqa: BLE001 -- learns_from_engagements tells of it
        return
    machines = people.assign(at=people["at"] + pd.Timedelta(hours=7), is_machine=True)
    require_same(
        trial.answer(trial.fitted(pd.concat([people, machines], ignore_index=True))),
        expected,
        "the same scores with and without opens that are marked is_machine",
        "drop events whose is_machine is true before counting",
    )


def gives_a_reason_for_each_moment(trial: EstimatorTrial) -> None:
    """Each moment chosen has a sentence that says why, in the order of the customers."""
    send_at = pd.Series(example_slots(SEOUL)[33], index=trial.asked.index)
    reasons = trial.fitted().reasons(trial.asked.copy(), send_at)
    if not isinstance(reasons, pd.Series) or not reasons.index.equals(trial.asked.index):
        raise ConformanceError(
            "a Series of sentences, indexed like the customers",
            f"a {type(reasons).__name__}: {reasons!r}",
            "build it with index=customers.index",
        )
    silent = [reason for reason in reasons if not isinstance(reason, str) or not reason.strip()]
    if silent:
        raise ConformanceError(
            "a sentence for each customer", repr(silent[0]), "say it for strangers too"
        )


def _make_engagements(trial: EstimatorTrial) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": trial.training["customer_id"],
            "message_key": "example",
            "channel": "email",
            "event": "opened",
            "at": trial.training["ordered_at"],
            "is_machine": False,
        }
    )


def _ask(fitted: Any, customers: pd.DataFrame, zone: str) -> pd.DataFrame:
    """Give the scores of a week in *zone*, where all *customers* live."""
    at_home = customers.assign(timezone=zone)
    return pd.DataFrame(np.asarray(fitted.preferences(at_home, example_slots(zone))))


def _require_scores(scores: pd.DataFrame, when: str) -> None:
    values = scores.to_numpy(dtype=float)
    if not np.isfinite(values).all() or (values < 0).any():
        bad = values[~(np.isfinite(values) & (values >= 0))]
        raise ConformanceError(
            f"finite scores of 0 or more {when}",
            f"{len(bad)} others, such as {bad[0]}",
            "give probabilities or weights, not logarithms; smooth empty counts",
        )


TIMING_PROMISES = [
    scores_every_slot_for_every_customer,
    scores_are_finite_and_not_negative,
    likes_some_moment,
    knows_what_strangers_like,
    reads_slots_on_the_local_clock,
    learns_on_the_local_clock,
    accepts_customers_without_a_zone,
    learns_from_one_event,
    learns_from_engagements,
    learns_nothing_from_machines,
    gives_a_reason_for_each_moment,
]
