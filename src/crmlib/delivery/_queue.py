"""Plans that were approved and handed to the workers: a folder of plans, and the ledger's word."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from crmlib.campaigns import CampaignLimits
from crmlib.delivery._blast_radius import check_size
from crmlib.delivery._canary import begin_canary
from crmlib.delivery._clock import utc_now
from crmlib.delivery._enrolment import enrol
from crmlib.durability import write_durably
from crmlib.exceptions import PlanNotApprovedError, UnreadableFileError
from crmlib.tables import check_aware

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from os import PathLike

    from crmlib.campaigns import Plan
    from crmlib.delivery._ledger import Ledger

_FORMAT: Final = "crmlib.queued/1"
_NAME_DIGITS: Final = 12


@attrs.frozen(kw_only=True)
class QueuedPlan:
    """One approved plan in a queue.

    Parameters
    ----------
    campaign, digest : str
        Which plan was approved.
    plan_file : Path
        The copy of it that the queue keeps.
    campaign_file : Path or None
        Where its channels are set up and the newest consents are named.
    """

    campaign: str
    digest: str
    plan_file: Path
    campaign_file: Path | None


def enqueue_plan(
    plan: Plan,
    ledger: Ledger,
    folder: str | PathLike[str],
    *,
    approved: str,
    campaign_file: str | PathLike[str] | None = None,
    canary: float | None = None,
    recipients: int | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> QueuedPlan:
    """Hand an approved plan to the workers of a folder and a ledger; nothing is sent here.

    The plan is entered in the ledger and copied into the folder, so that a
    plan made anew under the same name changes nothing of what was approved.
    Workers send only what is in both.  Doing it again changes at most where
    the campaign file lies.

    Parameters
    ----------
    plan : Plan
    ledger : Ledger
        That of the workers.
    folder : path
        Where the workers look; it is made, for its owner only, if it is not there.
    approved : str
        The digest of the plan that a person has read.
    campaign_file : path, optional
        Where workers find the settings of the channels, and the newest consents.
    canary : float, optional
        As :func:`deliver` takes it.
    recipients : int, optional
        As :func:`deliver` takes it.
    clock : callable, default=utc_now
        Gives the present instant, aware.

    Returns
    -------
    QueuedPlan

    Raises
    ------
    PlanNotApprovedError
        If *approved* is not the digest of *plan*.
    PlanTooLargeError
        If it writes to unusually many, and *recipients* is not how many.
    InvalidParameterError
        If *canary* is no share and no number.
    OSError
        If the folder cannot be written.
    """
    CampaignLimits(canary=canary or 0)
    digest = plan.digest
    if approved != digest:
        raise PlanNotApprovedError(digest, approved)
    check_size(ledger.store, plan, digest, recipients)
    place = Path(folder)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{plan.campaign}-{digest[:_NAME_DIGITS]}"
    queued = QueuedPlan(
        campaign=plan.campaign,
        digest=digest,
        plan_file=place / f"{name}.plan",
        campaign_file=None if campaign_file is None else Path(campaign_file).resolve(),
    )
    if not queued.plan_file.exists():
        plan.save(queued.plan_file)
    run = enrol(ledger.store, plan, digest, check_aware("what the clock gives", clock()))
    begin_canary(ledger.store, run, plan, canary)
    facts = {
        "format": _FORMAT,
        "campaign": queued.campaign,
        "digest": digest,
        "campaign_file": queued.campaign_file and str(queued.campaign_file),
    }
    with write_durably(place / f"{name}.json") as file:
        file.write(json.dumps(facts, ensure_ascii=False, indent=2).encode())
    return queued


def list_queued(folder: str | PathLike[str]) -> list[QueuedPlan]:
    """Give the plans that were handed over in *folder*, by name.

    Raises
    ------
    UnreadableFileError
        If a file there is none that :func:`enqueue_plan` wrote.
    """
    return [_read(path) for path in sorted(Path(folder).glob("*.json"))]


def _read(path: Path) -> QueuedPlan:
    try:
        facts = json.loads(path.read_bytes())
        campaign_file = facts["campaign_file"]
        queued = QueuedPlan(
            campaign=str(facts["campaign"]),
            digest=str(facts["digest"]),
            plan_file=path.with_suffix(".plan"),
            campaign_file=None if campaign_file is None else Path(campaign_file),
        )
        is_known = facts["format"] == _FORMAT
    except (ValueError, KeyError, TypeError) as error:
        raise _stranger(path) from error
    if not is_known:
        raise _stranger(path)
    return queued


def _stranger(path: Path) -> UnreadableFileError:
    return UnreadableFileError(
        str(path), "it is no plan that was handed over", "take it out of the folder"
    )
