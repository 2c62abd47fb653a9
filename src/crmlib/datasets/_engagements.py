"""Synthetic reactions to earlier messages."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.datasets._moments import draw_seconds, to_instants

if TYPE_CHECKING:
    import numpy.typing as npt

CAMPAIGNS = {"spring-news": 75, "early-summer": 40}
"""Earlier campaigns, and how many days before the end each was sent."""

BOUNCED, OPENED, OPENED_BY_MACHINE, CLICKED = 0.02, 0.32, 0.25, 0.25
"""Shares: of the sent; of the delivered, by people and by machines; of those people."""

COLUMNS = ("customer_id", "message_key", "channel", "event", "at", "is_machine")


def draw_engagements(
    rng: np.random.Generator,
    profiles: pd.DataFrame,
    truth: pd.DataFrame,
    zones: npt.NDArray[np.object_],
    end_date: str,
) -> pd.DataFrame:
    """Draw what happened to the e-mails of earlier campaigns.

    People open around their favourite hour, machines (mail proxies and
    scanners) within seconds; both look alike but for ``is_machine``.

    Returns
    -------
    DataFrame of shape (n_events, 6), in the order of time
        The canonical engagements: ``customer_id``, ``message_key``,
        ``channel``, ``event``, ``at`` (UTC), ``is_machine``.
    """
    events = []
    emails = profiles["email"]
    reachable = (emails.str.contains("@", na=False) & ~emails.duplicated()).to_numpy()
    for campaign, days_before in CAMPAIGNS.items():
        who = np.flatnonzero(reachable & (rng.random(len(profiles)) < 0.6))  # noqa: PLR2004 -- lists
        keys = [_key(campaign, address) for address in emails.to_numpy()[who]]
        date = np.datetime64(end_date, "D") - np.timedelta64(days_before, "D")
        dates = np.full(len(who), date)
        sent = to_instants(dates, rng.integers(9 * 3600, 17 * 3600, len(who)), zones[who])
        table = pd.DataFrame(
            {"customer_id": truth.index.to_numpy()[who], "message_key": keys, "sent": sent}
        )
        bounced = rng.random(len(who)) < BOUNCED
        opened = ~bounced & (rng.random(len(who)) < OPENED)
        fetched = ~bounced & (rng.random(len(who)) < OPENED_BY_MACHINE)
        clicked = opened & (rng.random(len(who)) < CLICKED)
        habit = draw_seconds(rng, truth["favourite_hour"].to_numpy()[who])
        looked = to_instants(dates + np.timedelta64(1, "D"), habit, zones[who])
        seconds = pd.to_timedelta(rng.integers(1, 30, len(who)), unit="s").as_unit("us")
        minutes = pd.to_timedelta(rng.integers(5, 300, len(who)), unit="s").as_unit("us")
        events += [
            _event(table, "sent", sent),
            _event(table[bounced], "bounced", sent[bounced] + seconds[bounced]),
            _event(table[~bounced], "delivered", sent[~bounced] + seconds[~bounced]),
            _event(table[fetched], "opened", sent[fetched] + seconds[fetched], is_machine=True),
            _event(table[opened], "opened", looked[opened]),
            _event(table[clicked], "clicked", looked[clicked] + minutes[clicked]),
        ]
    return pd.concat(events).sort_values(["at", "customer_id", "event"], ignore_index=True)


def _event(
    table: pd.DataFrame, event: str, at: pd.Series[pd.Timestamp], *, is_machine: bool = False
) -> pd.DataFrame:
    events = table.assign(channel="email", event=event, at=at, is_machine=is_machine)
    return events[list(COLUMNS)].astype(
        {"customer_id": "str", "message_key": "str", "channel": "str", "event": "str"}
    )


def _key(campaign: str, address: str) -> str:
    return blake2b(f"{campaign} {address}".encode(), digest_size=16).hexdigest()
