"""Start again on a disk that a power cut left, and see what the ledger knows."""

from __future__ import annotations

import traceback
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import attrs
from plans_to_deliver import NOON, Clock
from power_cut_provider import RECIPIENTS, Provider, make_campaign

from crmlib.delivery import Ledger, deliver
from crmlib.exceptions import LedgerLineageError, UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COLUMNS = (
    *("handed over", "unclaimed", "unknown", "repeats"),
    *("doubles", "losses", "refused", "broken"),
)
FAULTS = ("unclaimed", "doubles", "losses", "refused", "broken")


@attrs.frozen(kw_only=True)
class Aftermath:
    """What a sender made of a disk; the same whatever had been handed over before.

    Parameters
    ----------
    before, after : mapping of str to str
        The states that the ledger gave at first and at last.
    taken : sequence of str
        What the provider was given meanwhile, as marks.
    refused : bool
        Whether the ledger was refused, because it lacks claims or is damaged.
    trouble : str
        What went wrong otherwise, if anything did.
    """

    before: Mapping[str, str]
    after: Mapping[str, str] = attrs.Factory(dict)
    taken: Sequence[str] = ()
    refused: bool = False
    trouble: str = ""


@attrs.frozen(kw_only=True)
class Verdict:
    """What one power cut left.

    Parameters
    ----------
    handed_over : int
        Messages that the channel had been given before the cut.
    unclaimed : int
        How many of these have no claim on the disk.
    unknown, repeats, doubles, losses : int
        After the restart: flagged; given again and dropped by their keys;
        arrived twice; said to be accepted and never arrived.
    refused : bool
        Whether the ledger was refused, because it lacks claims or is damaged.
    broken : bool
        Whether the campaign did not end, or anything else went wrong.
    trouble : str
        What.
    """

    handed_over: int
    unclaimed: int
    unknown: int
    repeats: int
    doubles: int
    losses: int
    refused: bool
    broken: bool
    trouble: str


def go_on(campaign: str, url: str, before: Mapping[str, str], *, is_keyed: bool) -> Aftermath:
    """Deliver what is left, an hour later."""
    plan, provider = make_campaign(campaign), Provider(is_keyed=is_keyed)
    first = Aftermath(before=before)
    try:
        with Ledger(url, busy_timeout_seconds=10) as ledger:
            summary = deliver(
                plan,
                ledger,
                approved=plan.digest,
                channels={"fake": provider},
                clock=Clock(NOON + timedelta(hours=1)),
            )
            after = ledger.deliveries(campaign).set_index("message_key")["state"]
    except (LedgerLineageError, UnreadableFileError):
        return attrs.evolve(first, refused=True)
    except Exception:  # noqa: BLE001 -- villains leave any mess
        return attrs.evolve(first, trouble=traceback.format_exc())
    counts = {state: count for state, count in summary.counts.items() if count}
    trouble = ""
    if not summary.finished or summary.planned != RECIPIENTS or sum(counts.values()) != RECIPIENTS:
        trouble = f"{summary.planned} planned, {counts} counted"
    elif set(after) > {"accepted", "unknown"} or Counter(after) != counts:
        trouble = f"{counts} counted, {dict(Counter(after))} found"
    return attrs.evolve(first, after=dict(after), taken=tuple(provider.taken), trouble=trouble)


def judge(marks: Sequence[str], aftermath: Aftermath, *, is_keyed: bool) -> Verdict:
    """Compare what was handed over before the cut with what came of it."""
    keys = {mark.split()[0] for mark in marks}
    provider = Provider(is_keyed=is_keyed, taken=[*marks, *aftermath.taken])
    states = aftermath.after
    return Verdict(
        handed_over=len(keys),
        unclaimed=sum(aftermath.before.get(key, "planned") == "planned" for key in keys),
        unknown=sum(state == "unknown" for state in states.values()),
        repeats=provider.repeats,
        doubles=sum(count > 1 for count in provider.arrived.values()),
        losses=sum(
            state == "accepted" and not provider.arrived[key] for key, state in states.items()
        ),
        refused=aftermath.refused,
        broken=bool(aftermath.trouble),
        trouble=aftermath.trouble,
    )


def total(verdicts: Sequence[Verdict], column: str) -> int:
    """Sum a column."""
    return sum(getattr(verdict, column.replace(" ", "_")) for verdict in verdicts)
