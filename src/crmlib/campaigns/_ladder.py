"""Several messages after one event, each by its own channel, until the goal is reached."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import attrs
import pandas as pd
from sklearn.base import clone

from crmlib.campaigns._campaign import Campaign
from crmlib.campaigns._parameters import A_NAME, are_names, is_name, must, must_be, to_tuple
from crmlib.exceptions import InvalidParameterError
from crmlib.interfaces import MessagePlanner
from crmlib.messages import Decision, Reason
from crmlib.timing import TriggerTiming

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from crmlib.campaigns._plan import Plan

_A_DAY = timedelta(days=1)


@attrs.frozen(kw_only=True, eq=False)
class LadderStep:
    """One message of a :class:`Ladder`.

    Parameters
    ----------
    name : str
        As the name of a campaign.
    after : timedelta
        From the event until it is due, 0 or more.
    expires_after : timedelta, optional
        From then until it is too late; by default until the next step is due,
        and a day for the last one, so that two never go together.
    channels : sequence of str, optional
        By default those of the campaign.
    planner : MessagePlanner, optional
        By default that of the campaign.
    """

    name: str = attrs.field(validator=must(is_name, A_NAME))
    after: timedelta = attrs.field(
        validator=must(
            lambda span: isinstance(span, timedelta) and span >= timedelta(0),
            "a timedelta of 0 or more",
        )
    )
    expires_after: timedelta | None = attrs.field(
        default=None,
        validator=attrs.validators.optional(
            must(
                lambda span: isinstance(span, timedelta) and span > timedelta(0),
                "a timedelta above 0",
            )
        ),
    )
    channels: tuple[str, ...] | None = attrs.field(
        default=None,
        converter=to_tuple,
        validator=attrs.validators.optional(must(are_names, "a list of channel names")),
    )
    planner: MessagePlanner | None = attrs.field(
        default=None, validator=attrs.validators.optional(must_be(MessagePlanner))
    )


@attrs.frozen(kw_only=True, eq=False)
class Ladder:
    """Answer an event step by step: a push after half an hour, Kakao after three.

    Plan again and again, every ten minutes for instance: each time everybody is
    looked at anew, and who bought meanwhile, withdrew or left the audience gets
    no further step.  One event, one step, one message: a plan is named by the
    campaign, the step and the *round*, the stretch of days in which a customer
    has one event at most, and the ledger sends an address one message of each
    name for good.

    Parameters
    ----------
    campaign : Campaign
        Who, by which law, and what steps share.  Its timing is a
        :class:`crmlib.timing.TriggerTiming`, which names the event, the goals,
        and after how long an event counts again.  Who is held out is held out
        of all steps and rounds.
    steps : sequence of LadderStep
        In the order in which they are due.

    Raises
    ------
    InvalidParameterError
        If the timing is another, or steps are missing, out of order or share a
        name.
    """

    campaign: Campaign = attrs.field(validator=must_be(Campaign))
    steps: tuple[LadderStep, ...] = attrs.field(converter=to_tuple)

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.campaign.timing, TriggerTiming):
            raise InvalidParameterError("campaign.timing", self.campaign.timing, "a TriggerTiming")
        steps = self.steps
        are_steps = isinstance(steps, tuple) and all(isinstance(s, LadderStep) for s in steps)
        names = {step.name for step in steps} if are_steps else ()
        if not names or len(names) < len(steps):
            raise InvalidParameterError("steps", steps, "LadderSteps, each with its own name")
        for earlier, later in pairwise(steps):
            if not earlier.after < later.after:
                raise InvalidParameterError(
                    "steps", [earlier.name, later.name], "in the order in which they are due"
                )

    def plan(
        self,
        customers: pd.DataFrame,
        *,
        profiles: pd.DataFrame,
        consents: pd.DataFrame,
        events: pd.DataFrame,
        now: datetime,
        suppressions: Iterable[str] | None = None,
        sends: pd.DataFrame | None = None,
        ended: pd.DataFrame | None = None,
    ) -> list[Plan]:
        """Decide for every customer and each step that is due at *now* after an event.

        Parameters
        ----------
        customers, profiles, consents, now, suppressions, sends, ended
            As in :meth:`Campaign.plan`.  What one of these plans is to send
            counts for the caps of the next, if it was not sent before by *sends*.
        events : DataFrame of shape (n_events, n_columns)
            Events and goals, as :func:`crmlib.tables.check_events` gives them;
            the whole history, as it says which events are answered.

        Returns
        -------
        list of Plan
            One for each step and round in which it is due after an event, also
            if everybody reached the goal meanwhile: it takes the place of the
            plan before.  None if nothing is due.

        Raises
        ------
        InvalidParameterError, UnknownNameError, MissingColumnsError, InvalidTableError
            As :meth:`Campaign.plan`.
        """
        plans: list[Plan] = []
        for campaign in self.campaigns(events, now):
            made = campaign.plan(
                customers,
                profiles=profiles,
                consents=consents,
                now=now,
                suppressions=None if suppressions is None else list(suppressions),
                sends=sends,
                ended=ended,
            )
            plans.append(made)
            sends = _add_planned(sends, made)
        return plans

    def by_step(self) -> dict[str, Campaign]:
        """Give the campaign of each step by its name, of events of all rounds.

        It is for :func:`preview_messages`, and not for a plan.
        """
        return {step.name: self._write_by(step) for step in self.steps}

    def campaigns(self, events: pd.DataFrame, now: datetime) -> Iterator[Campaign]:
        """Give a campaign for each step and round that is due at *now* after an event.

        Parameters
        ----------
        events, now
            As in :meth:`plan`.
        """
        for place, step in enumerate(self.steps):
            timing = clone(self.campaign.timing).set_params(
                after=step.after, expires_after=self._life(place)
            )
            for day, in_round in timing.fit(events).split_rounds():
                ids = in_round.starts_["customer_id"]
                everybody = pd.DataFrame(index=pd.Index(ids.unique(), name="customer_id"))
                states = in_round.states(everybody, now)
                # also if all reached the goal meanwhile: their earlier plan is replaced
                is_open = (states["due_at"] <= now) & (states["expires_at"] > now)
                if is_open.any():
                    yield self._compose(step, in_round, day)

    def _life(self, place: int) -> timedelta:
        step = self.steps[place]
        if step.expires_after is not None:
            return step.expires_after
        if place + 1 == len(self.steps):
            return _A_DAY
        return self.steps[place + 1].after - step.after

    def _compose(self, step: LadderStep, timing: TriggerTiming, day: str) -> Campaign:
        base = self.campaign
        return attrs.evolve(
            self._write_by(step),
            name=f"{base.name}-{step.name}-{day}",
            salt=base.salt or base.name,
            timing=timing,
        )

    def _write_by(self, step: LadderStep) -> Campaign:
        base = self.campaign
        return attrs.evolve(
            base,
            channels=step.channels or base.channels,
            planner=step.planner or base.planner,
        )


def _add_planned(sends: pd.DataFrame | None, made: Plan) -> pd.DataFrame:
    """Give *sends*, and below them what *made* is to send to those who did not get it yet."""
    table = made.table[made.table["decision"] == Decision.SEND]
    table = table[table["reason"] != Reason.ALREADY_ENDED]
    planned = pd.DataFrame(
        {
            "customer_id": table.index,
            "at": pd.DatetimeIndex(table["send_at"]),
            "channel": table["medium"].to_numpy(),
            "campaign": made.campaign,
            "purpose": made.header["purpose"],
        }
    )
    if sends is None:
        return planned
    if "campaign" in sends:
        got = sends.loc[sends["campaign"] == made.campaign, "customer_id"]
        planned = planned[~planned["customer_id"].isin(got)]
    return pd.concat([sends, planned], ignore_index=True)
