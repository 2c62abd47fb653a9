"""From the tables of a campaign file to its plans: for plan, preview, send and demo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pandas as pd

from crmlib.campaigns import ChannelRates
from crmlib.exceptions import ConfigError
from crmlib.tables import orders_as_events
from crmlib.timing import TriggerTiming

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from crmlib.campaigns import Campaign, CampaignFile, Plan
    from crmlib.cli._campaign_tables import CampaignTables


def fit_campaign(
    spec: CampaignFile, tables: CampaignTables, now: datetime | None = None
) -> Campaign:
    """Fit what learns in *spec* on *tables*, and compose the campaign."""
    profiles = tables.profiles
    zones = profiles.set_index("customer_id").get("timezone", pd.Series(dtype=object)).dropna()
    events = gather_events(tables) if isinstance(spec.timing, TriggerTiming) else None
    campaign = spec.make_campaign(
        tables.customers,
        tables.known,
        zones,
        responses=tables.responses,
        products=tables.products,
        now=now,
        events=events,
    )
    if not spec.campaign.learn_channels:
        return campaign
    return attrs.evolve(campaign, channel_rates=_learn_rates(spec, tables, now))


def _learn_rates(spec: CampaignFile, tables: CampaignTables, now: datetime | None) -> ChannelRates:
    """Learn what is answered most from the engagements up to *now*."""
    events = tables.engagements
    if events is None:
        raise ConfigError(
            str(spec.path),
            "campaign.learn_channels",
            "is true, and there is nothing to learn from",
            "name a file of engagements: data.engagements",
        )
    return ChannelRates().fit(events if now is None else events[events["at"] <= now])


def gather_events(tables: CampaignTables) -> pd.DataFrame:
    """Give the events of the file of events, if there is one, and those that orders are."""
    ordered = orders_as_events(tables.orders.table)
    if tables.events is None:
        return ordered
    return pd.concat([tables.events, ordered], ignore_index=True)


def make_plans(
    spec: CampaignFile,
    tables: CampaignTables,
    now: datetime,
    *,
    suppressions: Iterable[str],
    sends: pd.DataFrame | None,
    ended: pd.DataFrame | None,
) -> list[Plan]:
    """Make the plan of *spec*, or one for each step that is due."""
    campaign = fit_campaign(spec, tables, now)
    given: dict[str, Any] = {
        "profiles": tables.profiles,
        "consents": tables.consents,
        "now": now,
        "suppressions": suppressions,
        "sends": sends,
        "ended": ended,
    }
    ladder = spec.make_ladder(campaign)
    if ladder is None:
        return [campaign.plan(tables.customers, **given)]
    return ladder.plan(tables.customers, events=gather_events(tables), **given)


def check_same_campaign(spec: CampaignFile, plan: Plan) -> None:
    """Refuse a campaign file that *plan* was not made from."""
    if not spec.owns(plan.campaign):
        raise ConfigError(
            str(spec.path),
            "campaign.name",
            f"is {spec.campaign.name!r}, and the plan is of {plan.campaign!r}",
            "name the campaign file of the plan with --campaign",
        )
