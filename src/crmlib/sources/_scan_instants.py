"""SQL that reads instants as :mod:`crmlib.tables` does."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from crmlib.sources._scan_cells import FLOATS, INTEGERS, TEXT, is_decimal, literal, raw_text
from crmlib.tables import get_zone

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

AWARE = "TIMESTAMP WITH TIME ZONE"

TIMES = frozenset(
    {
        "TIMESTAMP",
        "TIMESTAMP_NS",
        "TIMESTAMP_MS",
        "TIMESTAMP_S",
        "DATE",
        AWARE,
    }
)
"""DuckDB types of columns that already are instants."""

_PLAIN = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[ T](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,6})?)?)?"
)
_FIRST, _AFTER = datetime(1900, 1, 1), datetime(2200, 1, 1)  # noqa: DTZ001 -- in any zone
"""What is not between these is no time of an order."""

_SINCE, _UNTIL = datetime(1970, 1, 1), datetime(2040, 1, 1)  # noqa: DTZ001 -- in any zone
"""Between these SQL itself knows the offset; for other times it asks Python."""

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 -- in any zone
_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(1)


def is_text(kind: str) -> bool:
    """Tell whether instants come as text or as numbers that are read like text."""
    return kind == TEXT or kind in INTEGERS | FLOATS or is_decimal(kind)


def prepare_local(cell: str, kind: str) -> str:
    """Give what :func:`read_local` reads several times: a TIMESTAMP, if DuckDB sees one."""
    if kind == TEXT:
        return f"try_cast({cell} AS TIMESTAMP)"
    return "NULL::TIMESTAMP" if is_text(kind) else f"({cell})::TIMESTAMP"


def read_local(prepared: str, cell: str, kind: str) -> str:
    """Give what a clock on the wall showed, in microseconds, where nothing is doubtful."""
    sure = "true"
    if kind == TEXT:
        # DuckDB reads much more than this.
        plain = f"regexp_full_match({cell}, {literal(_PLAIN)})"
        sure = f"({prepared}::VARCHAR = {cell} OR {plain})"
    return (
        f"CASE WHEN {sure} AND {prepared} >= TIMESTAMP '{_FIRST}' "
        f"AND {prepared} < TIMESTAMP '{_AFTER}' THEN epoch_us({prepared}) END"
    )


def in_years(instant: str) -> str:
    """Tell whether an instant is in a year in which orders can be."""
    return f"{instant} >= TIMESTAMPTZ '{_FIRST}+00' AND {instant} < TIMESTAMPTZ '{_AFTER}+00'"


def read_instant(
    local: str,
    cell: str,
    kind: str,
    *,
    timezone: str,
    month_first: bool | None,
    checked: bool,
) -> str:
    """Give an instant, TIMESTAMP WITH TIME ZONE; NULL if it cannot be read.

    Parameters
    ----------
    local : str
        SQL of a column that holds what :func:`read_local` gave.
    cell, kind : str
        SQL of the cell, and its DuckDB type.
    timezone : str
        IANA zone of times without offset.
    month_first : bool, optional
        How ``9/12/2011`` is to be read; None: not at all.
    checked : bool
        Whether the years of instants that come as such are checked here.
    """
    if kind == AWARE:
        return f"CASE WHEN {in_years(cell)} THEN {cell} END" if checked else cell
    offset, steps = find_steps(timezone)
    since, until = ((moment - _EPOCH) // _MICROSECOND for moment in (_SINCE, _UNTIL))
    usual = f"{local} >= {since} AND {local} < {until}"
    if timezone == "UTC":
        usual = f"{local} IS NOT NULL"
    instant = f"{local} - {_choose(local, offset, steps)}"
    if is_text(kind):
        order = "NULL" if month_first is None else str(month_first)
        text = raw_text(cell, kind)
        known, other = (
            f"{text} IS NOT NULL",
            f"crm_instant({text}, {literal(timezone)}, {order}::BOOLEAN)",
        )
    elif timezone == "UTC":
        return f"make_timestamptz({local})"
    else:
        known, other = f"{local} IS NOT NULL", f"crm_shift({local}, {literal(timezone)})"
    return f"make_timestamptz(CASE WHEN {usual} THEN {instant} WHEN {known} THEN {other} END)"


@lru_cache(maxsize=64)
def find_steps(timezone: str) -> tuple[int, tuple[tuple[int, int], ...]]:
    """Give the offset from UTC that began 1970, and from which local time on which one holds.

    Parameters
    ----------
    timezone : str
        IANA zone.

    Returns
    -------
    offset : int
        Microseconds to take off a local time.
    steps : tuple of (local time, offset)
        Until 2040, in microseconds since 1970.  As with :func:`crmlib.tables.get_zone`, a
        time that clocks skipped has the offset before the gap, and one that
        came twice that of the first time.
    """
    zone = get_zone(timezone)
    offset = first = _offset(_SINCE, zone)
    steps = []
    day = _SINCE
    while day < _UNTIL:
        following = day + _DAY
        while (later := _offset(following, zone)) != offset:
            since = _find_change(day, following, zone)
            offset = _offset(since, zone)
            steps.append(((since - _EPOCH) // _MICROSECOND, offset // _MICROSECOND))
            if offset == later:
                break
            day = since
        day = following
    return first // _MICROSECOND, tuple(steps)


def _find_change(early: datetime, late: datetime, zone: ZoneInfo) -> datetime:
    """Give the first local second after *early* with another offset; at *late* there is one."""
    offset = _offset(early, zone)
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=(late - early) // timedelta(seconds=2))
        if _offset(middle, zone) == offset:
            early = middle
        else:
            late = middle
    return late


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    """Give what to take off a local time."""
    offset = moment.replace(tzinfo=zone).utcoffset()
    assert offset is not None, "a ZoneInfo knows the offset of every time"
    return offset


def _choose(local: str, offset: int, steps: Sequence[tuple[int, int]]) -> str:
    """Search *steps* by halves."""
    if not steps:
        return str(offset)
    middle = len(steps) // 2
    since, later = steps[middle]
    return (
        f"CASE WHEN {local} >= {since} THEN {_choose(local, later, steps[middle + 1 :])} "
        f"ELSE {_choose(local, offset, steps[:middle])} END"
    )
