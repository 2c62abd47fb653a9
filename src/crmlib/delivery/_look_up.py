"""Ask providers what became of messages that are unknown."""

from __future__ import annotations

from contextlib import ExitStack
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import attrs
from sqlalchemy import select

from crmlib.delivery._audit_log import Action, log_action
from crmlib.delivery._channel_settings import open_channels
from crmlib.delivery._clock import utc_now
from crmlib.delivery._delivery_state import DeliveryState
from crmlib.delivery._payload import payload_hash
from crmlib.delivery._reading import find_campaign
from crmlib.delivery._schema import DELIVERIES
from crmlib.delivery._sending import match_receipts
from crmlib.delivery._transitions import Transition, apply
from crmlib.messages import Outcome
from crmlib.tables import check_aware

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from crmlib.campaigns import Plan
    from crmlib.delivery._ledger import Ledger
    from crmlib.interfaces import Channel
    from crmlib.messages import DeliveryReceipt

_KNOWN: Final = {
    Outcome.ACCEPTED: DeliveryState.ACCEPTED,
    Outcome.REJECTED: DeliveryState.REJECTED,
}


@attrs.frozen(kw_only=True)
class LookUpSummary:
    """What :func:`look_up_unknown` found out.

    Parameters
    ----------
    accepted, rejected : int
        Messages that are settled now.
    unknown : int
        Messages that the provider has no word on, or could not be asked for.
    not_asked : dict of str to int
        Messages by channel that cannot look up, or whose text the plan does
        not hold: look at the provider's own site.
    """

    accepted: int
    rejected: int
    unknown: int
    not_asked: dict[str, int]


def look_up_unknown(
    plan: Plan,
    ledger: Ledger,
    *,
    channels: Mapping[str, Channel] | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> LookUpSummary:
    """Settle what is ``unknown`` of the campaign of *plan* by what the providers have on record.

    Nothing is sent.  Only a clear yes or no settles a message: what a provider
    does not have may still be on its way.

    Parameters
    ----------
    plan : Plan
        By which the messages were sent, as providers are asked by what was
        sent to them.
    ledger : Ledger
    channels : mapping of str to Channel, optional
        As :func:`deliver` takes them.
    clock : callable, default=utc_now
        Gives the present instant, aware.

    Returns
    -------
    LookUpSummary

    Raises
    ------
    UnknownNameError
        If the ledger has no such campaign, or the plan uses a channel that is
        neither given nor installed.
    """
    store = ledger.store
    campaign_id = find_campaign(store, plan.campaign)
    tally = dict.fromkeys(("accepted", "rejected", "unknown"), 0)
    not_asked: dict[str, int] = {}
    with ExitStack() as stack:
        carriers = open_channels(plan, channels, stack)
        for name, group in groupby(_unknown(ledger, campaign_id), key=lambda row: row.channel):
            channel = carriers.get(name)
            rows = list(group)
            mine = _of_plan(plan, rows) if channel and channel.capabilities.look_up else []
            if len(mine) < len(rows):
                not_asked[name] = len(rows) - len(mine)
            for page in _pages(mine, 0 if channel is None else channel.capabilities.batch_size):
                receipts = _ask(channel, plan, page)
                at = check_aware("what the clock gives", clock())
                states = _settle(ledger, campaign_id, page, receipts, at)
                for state in states:
                    tally[str(state)] += 1
                tally["unknown"] += len(page) - len(states)
    return LookUpSummary(**tally, not_asked=not_asked)


def _unknown(ledger: Ledger, campaign_id: int) -> Sequence[Row[Any]]:
    """Read what is unknown, by channel and by when it was claimed."""
    table = DELIVERIES.c
    query = (
        select(DELIVERIES)
        .where(table.campaign_id == campaign_id, table.state == str(DeliveryState.UNKNOWN))
        .order_by(table.channel, table.claimed_at, table.id)
    )
    with ledger.store.read() as connection:
        return connection.execute(query).all()


def _of_plan(plan: Plan, rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Give those that were claimed with the very text that *plan* holds."""
    held = set(plan.table["message_key"].dropna())
    return [
        row
        for row in rows
        if row.claimed_at is not None
        and row.message_key in held
        and payload_hash(plan.message(row.message_key)) == row.payload_hash
    ]


def _pages(rows: list[Row[Any]], size: int) -> Iterator[list[Row[Any]]]:
    """Give what may be asked in one call: claimed together, and not too many."""
    for _, group in groupby(rows, key=lambda row: row.claimed_at):
        together = list(group)
        for start in range(0, len(together), size):
            yield together[start : start + size]


def _ask(channel: Any, plan: Plan, rows: Sequence[Row[Any]]) -> Mapping[str, DeliveryReceipt]:
    messages = [plan.message(row.message_key) for row in rows]
    try:
        answer = channel.look_up(messages, since=rows[0].claimed_at)
    except Exception as error:  # noqa: BLE001 -- a plug-in may raise anything; nothing was sent
        answer = type(error).__name__
    return match_receipts(messages, answer)


def _settle(
    ledger: Ledger,
    campaign_id: int,
    rows: Sequence[Row[Any]],
    receipts: Mapping[str, DeliveryReceipt],
    at: datetime,
) -> list[DeliveryState]:
    """Record what is clear, of those that nobody settled meanwhile.

    A provider that goes by number and text may give what it has on record of
    another message; that one settles nothing here.
    """
    table = DELIVERIES.c
    found = {
        row.id: (row, receipts[row.message_key])
        for row in rows
        if receipts[row.message_key].outcome in _KNOWN
    }
    if not found:
        return []
    with ledger.store.write() as connection:
        still = connection.scalars(
            select(table.id)
            .where(table.id.in_(found), table.state == str(DeliveryState.UNKNOWN))
            .order_by(table.id)
            .with_for_update()
        ).all()
        asked = [found[delivery_id] for delivery_id in still]
        taken = _records_of_others(connection, asked) if asked else set()
        changes = []
        for delivery_id in still:
            row, receipt = found[delivery_id]
            if (row.endpoint_hash, receipt.provider_id) in taken:
                continue
            changes.append(
                Transition(
                    delivery_id=delivery_id,
                    state=_KNOWN[Outcome(receipt.outcome)],
                    attempts=row.attempts,
                    due_at=row.due_at,
                    detail=f"looked up: {receipt.detail or receipt.outcome}",
                    provider_id=receipt.provider_id or row.provider_id,
                )
            )
        apply(connection, changes, at)
        states = [change.state for change in changes]
        if states:
            told = ", ".join(f"{states.count(each):,} {each}" for each in sorted(set(states)))
            log_action(
                connection,
                ledger.store.operator,
                Action.SETTLE,
                at=at,
                note=f"looked up at the provider: {told}",
                campaign_id=campaign_id,
            )
    return states


def _records_of_others(
    connection: Connection, found: Sequence[tuple[Row[Any], DeliveryReceipt]]
) -> set[tuple[bytes, str]]:
    """Give the endpoint and provider id of what is known to be other messages' record."""
    table = DELIVERIES.c
    query = select(table.endpoint_hash, table.provider_id).where(
        table.endpoint_hash.in_([row.endpoint_hash for row, _ in found]),
        table.claimed_at.is_not(None),
        table.provider_id.in_([receipt.provider_id for _, receipt in found]),
        table.channel == found[0][0].channel,
        table.id.not_in([row.id for row, _ in found]),
    )
    return {(endpoint, provider_id) for endpoint, provider_id in connection.execute(query)}
