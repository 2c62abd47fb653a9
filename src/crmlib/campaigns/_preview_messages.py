"""The messages of a campaign before there is a plan, to see how a catalogue reads."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from crmlib.campaigns._opt_out_links import OptOutLinks
from crmlib.campaigns._people import gather_people
from crmlib.campaigns._routes import Route
from crmlib.campaigns._texts import dress_preview
from crmlib.campaigns._triggers import add_events
from crmlib.channels import load_channel
from crmlib.exceptions import InvalidParameterError
from crmlib.interfaces._message_preview import show_messages
from crmlib.tables import check_profiles

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.campaigns._campaign import Campaign


def preview_messages(
    campaign: Campaign, customers: pd.DataFrame, *, profiles: pd.DataFrame, n: int = 5
) -> str:
    """Show what real customers of *campaign* would read, by each of its media.

    Consents, hours and holdout are not asked: :meth:`Plan.preview_html` shows
    all of that.  What the law adds is there if the sender has what it shows;
    so a text that the channel counts is told with its size, and one that is
    too long is held.  A campaign that answers events shows who had one, if anybody.

    Parameters
    ----------
    campaign : Campaign
    customers, profiles : DataFrame
        As for :meth:`Campaign.plan`.
    n : int, default=5
        Most messages to show by each medium; each template once before any twice.

    Returns
    -------
    str
        For each medium, the messages and why some customers get none.
    """
    people = gather_people(
        customers,
        check_profiles(profiles),
        segmenter=campaign.segmenter,
        timezone=campaign.timezone,
        locale=campaign.locale,
    ).table
    if campaign.audience is not None:
        people = people[people["segment"].isin(campaign.audience)]
    people = add_events(people, campaign.timing)
    if "event_at" in people and people["event_at"].notna().any():
        people = people[people["event_at"].notna()]
    shown = []
    routes: dict[str, Route] = {}
    for name in campaign.channels:
        capabilities = load_channel(name).capabilities
        rule = campaign.policy.rule(capabilities.medium, campaign.purpose)
        route = Route(channel=name, capabilities=capabilities, rule=rule)
        routes.setdefault(capabilities.medium, route)
    for medium, route in routes.items():
        shown.append(f"By {medium}:\n{show_messages(_write(campaign, people, route), n)}")
    return "\n\n".join(shown)


def _write(campaign: Campaign, people: pd.DataFrame, route: Route) -> pd.DataFrame:
    """Give the messages as they would be sent, or as written where the sender is incomplete."""
    if campaign.sender is not None:
        with suppress(InvalidParameterError):
            return dress_preview(
                people,
                route,
                planner=campaign.planner,
                sender=campaign.sender,
                links=OptOutLinks.of(campaign.sender, campaign.opt_out_keys),
                campaign=campaign.name,
            )
    return campaign.planner.plan(people, medium=route.capabilities.medium)
