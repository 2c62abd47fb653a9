"""The messages of a campaign before there is a plan, to see how a catalogue reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.campaigns._people import gather_people
from crmlib.channels import load_channel
from crmlib.tables import check_profiles

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.campaigns._campaign import Campaign


def preview_messages(
    campaign: Campaign, customers: pd.DataFrame, *, profiles: pd.DataFrame, n: int = 5
) -> str:
    """Show what real customers of *campaign* would read, by each of its media.

    Consents, hours and holdout are not asked, and what the law adds is not
    there yet: :meth:`Plan.preview_html` shows all of that.

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
    media = dict.fromkeys(load_channel(name).capabilities.medium for name in campaign.channels)
    shown = [
        f"By {medium}:\n{campaign.planner.preview(people, medium=medium, n=n)}" for medium in media
    ]
    return "\n\n".join(shown)
