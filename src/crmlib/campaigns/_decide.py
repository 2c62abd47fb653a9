"""Decide for every customer: whether, what, when and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
from sklearn.utils.validation import check_is_fitted

from crmlib.campaigns._draft import begin_draft
from crmlib.campaigns._earlier_plans import find_ended, find_had, find_tried
from crmlib.campaigns._holdout import assign_holdout
from crmlib.campaigns._opt_out_links import OptOutLinks
from crmlib.campaigns._people import gather_people
from crmlib.campaigns._plan import Plan
from crmlib.campaigns._reach import choose_routes
from crmlib.campaigns._routes import load_routes
from crmlib.campaigns._send_times import Times, check_now
from crmlib.campaigns._suppressions import check_suppressions
from crmlib.campaigns._texts import dress_messages
from crmlib.campaigns._topics import check_topic
from crmlib.campaigns._triggers import add_events, hold_who_is_not_due
from crmlib.campaigns._written_header import write_header
from crmlib.exceptions import UnknownNameError
from crmlib.messages import Reason
from crmlib.tables import check_consents, check_profiles

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    import pandas as pd

    from crmlib.campaigns._campaign import Campaign
    from crmlib.campaigns._draft import Draft
    from crmlib.campaigns._people import People
    from crmlib.campaigns._routes import Route


def decide(
    campaign: Campaign,
    customers: pd.DataFrame,
    *,
    profiles: pd.DataFrame,
    consents: pd.DataFrame,
    now: datetime,
    suppressions: Iterable[str] | None,
    sends: pd.DataFrame | None,
    ended: pd.DataFrame | None,
) -> Plan:
    """Give the plan of *campaign*, as :meth:`Campaign.plan` describes it."""
    now = check_now(now, campaign.horizon)
    listed = check_suppressions(suppressions)
    routes = load_routes(campaign.channels, campaign.purpose, campaign.policy)
    audience = _check_audience(campaign)
    known = check_profiles(profiles)
    people = gather_people(
        customers,
        known,
        segmenter=campaign.segmenter,
        timezone=campaign.timezone,
        locale=campaign.locale,
    )
    people = attrs.evolve(people, table=add_events(people.table, campaign.timing, now))
    draft = begin_draft(people, audience)
    hold_who_is_not_due(draft, people.table, campaign.timing, now)
    choose_routes(
        draft,
        people.table,
        profiles=known,
        routes=routes,
        consents=check_topic(check_consents(consents), campaign.topic),
        topic=campaign.topic,
        suppressions=listed,
        sender=campaign.sender,
        now=now,
        rates=campaign.channel_rates,
        tried=find_tried(sends, campaign.name, now),
    )
    times = Times(campaign=campaign, now=now, sends=sends)
    for route in routes:
        _write_and_time(campaign, draft, people, route, times)
    places = draft.open
    held_out = assign_holdout(
        draft.columns["address"][places],
        share=campaign.holdout,
        salt=campaign.salt or campaign.name,
    )
    draft.hold_out(
        places[held_out],
        f"held out at random: {campaign.holdout:.1%} of those who could be written to",
    )
    to_send = places[~held_out]
    draft.note_begun(to_send, Reason.ALREADY_SENT, find_had(sends, campaign.name, now))
    draft.note_begun(to_send, Reason.ALREADY_ENDED, find_ended(ended, campaign.name))
    return Plan(header=write_header(campaign, now, times, draft), table=draft.to_table())


def _check_audience(campaign: Campaign) -> tuple[str, ...]:
    check_is_fitted(campaign.segmenter)
    known = tuple(campaign.segmenter.segments_)
    for name in campaign.audience or ():
        if name not in known:
            raise UnknownNameError("segment", name, known)
    return campaign.audience or known


def _write_and_time(
    campaign: Campaign, draft: Draft, people: People, route: Route, times: Times
) -> None:
    if campaign.sender is None:  # everybody is held for that already
        return
    if len(places := draft.on_channel(route.channel)):
        dress_messages(
            draft,
            people.table,
            route,
            places=places,
            planner=campaign.planner,
            sender=campaign.sender,
            links=OptOutLinks.of(campaign.sender, campaign.opt_out_keys),
            campaign=campaign.name,
        )
    times.choose(draft, people, route)
