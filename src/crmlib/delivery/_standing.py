"""Count where the messages of a campaign stand, and why what waits waits, from indexes alone.

In a campaign of a million the rows themselves would take longer to read than
a person at a shell waits.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime  # noqa: TC003 -- attrs
from typing import TYPE_CHECKING, Any, Final

import attrs
from sqlalchemy import and_, bindparam, func, select

from crmlib.delivery._campaign_control import CampaignControl, CanaryStage
from crmlib.delivery._delivery_state import DeliveryState
from crmlib.delivery._schema import CANARIES, DELIVERIES, HAS_WORDS, LIMITS
from crmlib.messages import Reason

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection, Row

_PLANNED: Final = str(DeliveryState.PLANNED)
_NOT_TOLD: Final = "not told"
_c = DELIVERIES.c
_is_asked_for = _c.run_id.in_(bindparam("runs", expanding=True))
_is_later = _c.due_at > bindparam("now")
_is_tried = _c.attempts > 0
_messages = func.count().label("messages")
_COUNT: Final = (
    select(
        *(_c.run_id, _c.state, _c.channel, _messages),
        func.count().filter(_is_later).label("later"),
    )
    .where(_is_asked_for)
    .group_by(_c.run_id, _c.state, _c.channel)
)
_FIND_MOMENTS: Final = select(
    *(
        select(_c.due_at)
        .where(
            _c.run_id == bindparam("run_id"),
            _c.state == _PLANNED,
            _c.channel == bindparam("channel"),
            _is_later,
        )
        .order_by(end)
        .limit(1)
        .scalar_subquery()
        .label(name)
        for name, end in (("first", _c.due_at), ("last", _c.due_at.desc()))
    )
)
"""Not by ``min`` and ``max``: a server with old statistics reads all rows for them."""
_COUNT_WORDS: Final = (
    select(
        *(_c.run_id, _c.state, _c.channel, _c.detail, _messages),
        func.count().filter(_is_later).label("later"),
        func.count().filter(_is_tried).label("tried"),
        func.count().filter(_is_tried, _is_later).label("tried_later"),
    )
    .where(_is_asked_for, HAS_WORDS)
    .group_by(_c.run_id, _c.state, _c.channel, _c.detail)
)
_COUNT_CANARIES: Final = (
    select(_c.run_id, _c.channel, _c.detail, _messages)
    .join(CANARIES, and_(CANARIES.c.run_id == _c.run_id, CANARIES.c.delivery_id == _c.id))
    .where(_is_asked_for, _c.state == _PLANNED, ~_is_tried, ~_is_later)
    .group_by(_c.run_id, _c.channel, _c.detail)
)
"""Those that go first and could go now."""


@attrs.define
class Standing:
    """Where the messages of a campaign stand.

    Parameters
    ----------
    counts : Counter of str
        By state.
    waiting : Counter of str
        Those that are planned, by why they wait.
    next_due_at, last_due_at : datetime or None
        The first and the last moment to come at which one of them is due.
    rests : dict of str to datetime
        Until when channels rest by which some would go now.
    failing : Counter of str
        What providers said to those that are tried again.
    refused : dict of str to Counter of str
        What they said to those that are not, by state.
    """

    counts: Counter[str] = attrs.Factory(Counter)
    waiting: Counter[str] = attrs.Factory(Counter)
    next_due_at: datetime | None = None
    last_due_at: datetime | None = None
    rests: dict[str, datetime] = attrs.Factory(dict)
    failing: Counter[str] = attrs.Factory(Counter)
    refused: dict[str, Counter[str]] = attrs.Factory(lambda: defaultdict(Counter))


@attrs.frozen
class _Wait:
    """What those that are planned and wait for one reason have in common."""

    run_id: int
    channel: str
    words: str | None = None
    is_tried: bool = attrs.field(default=False, kw_only=True)
    is_later: bool = attrs.field(default=False, kw_only=True)

    @property
    def can_go(self) -> bool:
        """Whether nothing that their own rows know is in the way."""
        return not self.is_tried and not self.is_later

    @property
    def reason(self) -> str:
        """Why they wait, as far as their own rows know."""
        words = self.words or ""
        if self.can_go:
            return "rate" if words == "not handed over" else "due"
        if self.is_tried:
            return "retry"
        for reason in (Reason.FREQUENCY_CAP, Reason.SUPPRESSED, Reason.QUIET_HOURS):
            if words.startswith(reason):
                return reason.lower().replace("_", " ")
        return "later"


def read_standing(connection: Connection, runs: Sequence[Row[Any]], now: datetime) -> Standing:
    """Count the messages of the *runs* of one campaign, as one transaction sees them."""
    asked = {"runs": [run.id for run in runs], "now": now}
    stand = Standing()
    waits = _count(connection, stand, asked)
    stand.next_due_at, stand.last_due_at = _find_moments(connection, waits, now)
    _count_words(connection, stand, waits, asked)
    can_go = Counter({wait: waits.pop(wait) for wait in list(waits) if wait.can_go})
    for wait, count in waits.items():
        stand.waiting[wait.reason] += count
    stand.waiting["canary"] = _take_out_held(connection, runs, can_go, asked)
    if runs[0].control == CampaignControl.PAUSED:
        stand.waiting["paused"] = can_go.total()
    else:
        stand.rests = _read_rests(connection, {wait.channel for wait in +can_go}, now)
        for wait, count in can_go.items():  # it is no use to ask for what rests now
            stand.waiting["rate" if wait.channel in stand.rests else wait.reason] += count
    stand.waiting = +stand.waiting
    return stand


def _count(connection: Connection, stand: Standing, asked: dict[str, Any]) -> Counter[_Wait]:
    """Count all by state, and those that wait by channel, as if nobody had said why."""
    waits = Counter[_Wait]()
    for row in connection.execute(_COUNT, asked):
        stand.counts[row.state] += row.messages
        if row.state == _PLANNED:
            waits[_Wait(row.run_id, row.channel)] = row.messages - row.later
            waits[_Wait(row.run_id, row.channel, is_later=True)] = row.later
    return waits


def _find_moments(
    connection: Connection, waits: Counter[_Wait], now: datetime
) -> tuple[datetime | None, datetime | None]:
    """Give the first and the last moment to come at which one of *waits* is due."""
    found = [
        connection.execute(
            _FIND_MOMENTS, {"run_id": wait.run_id, "channel": wait.channel, "now": now}
        ).one()
        for wait in +waits
        if wait.is_later
    ]
    return (
        min((row.first for row in found), default=None),
        max((row.last for row in found), default=None),
    )


def _count_words(
    connection: Connection, stand: Standing, waits: Counter[_Wait], asked: dict[str, Any]
) -> None:
    """Count those of whom it is told why they wait, or were refused."""
    for row in connection.execute(_COUNT_WORDS, asked):
        words = row.detail or _NOT_TOLD
        if row.state != _PLANNED:
            stand.refused[row.state][words] += row.messages
            continue
        if row.tried:
            stand.failing[words] += row.tried
        for wait, count in _split(row):
            waits[wait] += count
            waits[_Wait(row.run_id, row.channel, is_later=wait.is_later)] -= count


def _split(row: Row[Any]) -> list[tuple[_Wait, int]]:
    """Tell the tried from the untried, and those for later from those for now."""
    of = _Wait(row.run_id, row.channel, row.detail)
    tried_now = row.tried - row.tried_later
    return [
        (attrs.evolve(of, is_tried=True, is_later=True), row.tried_later),
        (attrs.evolve(of, is_tried=True), tried_now),
        (attrs.evolve(of, is_later=True), row.later - row.tried_later),
        (of, row.messages - row.later - tried_now),
    ]


def _take_out_held(
    connection: Connection, runs: Sequence[Row[Any]], can_go: Counter[_Wait], asked: dict[str, Any]
) -> int:
    """Count those of *can_go* that wait for a canary, and leave only the others there."""
    held = {run.id for run in runs if run.canary in {CanaryStage.OUT, CanaryStage.HELD}}
    if not held:
        return 0
    first = Counter[_Wait]()
    for row in connection.execute(_COUNT_CANARIES, asked | {"runs": list(held)}):
        first[_Wait(row.run_id, row.channel, row.detail)] = row.messages
    waiting = 0
    for wait in can_go:
        if wait.run_id in held:
            waiting += can_go[wait] - first[wait]
            can_go[wait] = first[wait]
    return waiting


def _read_rests(
    connection: Connection, channels: Collection[str], now: datetime
) -> dict[str, datetime]:
    """Give until when those of *channels* rest that do, for the sender for whom it is longest."""
    table = LIMITS.c
    rows = connection.execute(
        select(table.channel, func.max(table.free_at).label("until"))
        .where(table.channel.in_(channels), table.free_at > now)
        .group_by(table.channel)
        .order_by(table.channel)
    )
    return {row.channel: row.until for row in rows}
