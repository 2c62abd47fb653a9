"""One page with all pictures, for people who decide."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
import pandas as pd

from crmlib.exceptions import InvalidParameterError
from crmlib.messages import Decision
from crmlib.reports._sections import (
    delivery_section,
    funnel_section,
    hours_section,
    lift_section,
    rfm_section,
    segments_section,
    send_hours_section,
)
from crmlib.tables import find_currency

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    from crmlib.campaigns import Plan
    from crmlib.measurement import LiftResult
    from crmlib.reports._sections import Section


def report_html(
    path: str | PathLike[str],
    *,
    plan: Plan | None = None,
    customers: pd.DataFrame | None = None,
    segments: pd.Series[str] | None = None,
    rfm_scores: pd.DataFrame | None = None,
    transactions: pd.DataFrame | None = None,
    timezone: str = "UTC",
    delivery_status: pd.DataFrame | None = None,
    lift: LiftResult | None = None,
    remark: str | None = None,
) -> Path:
    """Write one self-contained HTML page on a campaign to *path*.

    Headline numbers stand on top, a sentence under each picture.  The page
    loads nothing, runs no script, fits phone, desk and paper, and holds
    neither names nor addresses of customers.  One input gives one page, byte
    by byte.

    Parameters
    ----------
    path : str or path
        Where to write.
    plan : Plan, optional
        Shows the funnel and when messages leave.
    customers : DataFrame, optional
        One row per customer, with ``monetary_value``; needed by *segments*
        and *rfm_scores*.
    segments : Series of str, optional
        Indexed by customer_id; shows sizes and value of the segments.
    rfm_scores : DataFrame, optional
        As ``scores`` of :class:`crmlib.segmenters.RFMSegmenter` gives them; shows
        money by recency and frequency.
    transactions : DataFrame, optional
        The canonical table; shows when customers buy.
    timezone : str, default="UTC"
        IANA zone in which that is told.
    delivery_status : DataFrame, optional
        As :meth:`crmlib.delivery.Ledger.status` gives it; shows what became
        of the messages.
    lift : LiftResult, optional
        As :func:`crmlib.measure` gives it; shows what the messages brought.
    remark : str, optional
        What every reader must know, shown under the title: say here if the
        people are made up.

    Returns
    -------
    Path
        *path*.

    Raises
    ------
    InvalidParameterError
        If there is nothing to show, or *customers* is missing where needed.
    MissingColumnsError, InvalidTableError
        If a table lacks what a picture needs.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> import pandas as pd, tempfile
    >>> customers = pd.DataFrame({"monetary_value": [90.0, 10.0]}, index=["C1", "C2"])
    >>> segments = pd.Series(["Champions", "Lost"], index=["C1", "C2"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = report_html(f"{folder}/r.html", customers=customers, segments=segments)
    ...     "Champions are 50% of the customers" in page.read_text(encoding="utf-8")
    True
    """
    if customers is None and (segments is not None or rfm_scores is not None):
        raise InvalidParameterError("customers", None, "given with segments or rfm_scores")
    sections: list[Section] = []
    if lift is not None:
        sections.append(lift_section(lift))
    if plan is not None:
        sections.append(funnel_section(plan))
    if delivery_status is not None:
        sections.append(delivery_section(delivery_status))
    if customers is not None and segments is not None:
        sections.append(segments_section(customers, segments))
    if customers is not None and rfm_scores is not None:
        sections.append(rfm_section(customers, rfm_scores))
    if transactions is not None:
        sections.append(hours_section(transactions, timezone))
    if plan is not None:
        sections.append(send_hours_section(plan))
    if not sections:
        raise InvalidParameterError("plan", None, "given, or another part of the report")
    page = Path(path)
    page.write_text(
        _render(
            title=plan.campaign if plan is not None else "Customers",
            subtitle=_subtitle(plan, timezone),
            remark=remark,
            tiles=list(_tiles(plan, customers, delivery_status, lift)),
            wide=[section for section in sections if section.wide],
            narrow=[section for section in sections if not section.wide],
            digest=None if plan is None else plan.digest,
            currency=None if transactions is None else find_currency(transactions),
        ),
        encoding="utf-8",
    )
    return page


def _render(**parts: object) -> str:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    source = files("crmlib.reports").joinpath("data", "report.html.jinja")
    return environment.from_string(source.read_text(encoding="utf-8")).render(**parts)


def _subtitle(plan: Plan | None, timezone: str) -> str:
    if plan is None:
        return ""
    rules = ", ".join(plan.policy.jurisdictions)
    planned = pd.Timestamp(plan.header["created_at"]).tz_convert(timezone)
    channels = ", ".join(plan.header["channels"])
    return f"{plan.header['purpose']} by {channels}, rules of {rules}; planned {planned:%Y-%m-%d}"


def _tiles(
    plan: Plan | None,
    customers: pd.DataFrame | None,
    status: pd.DataFrame | None,
    lift: LiftResult | None,
) -> Iterator[tuple[str, str, str]]:
    """Give kind, number and words of each headline."""
    if plan is not None:
        decided = plan.table["decision"].value_counts()
        yield "all", f"{len(plan.table):,}", "customers looked at"
        yield "send", f"{decided.get(Decision.SEND, 0):,}", "to be sent a message"
        yield "hold-out", f"{decided.get(Decision.HOLD_OUT, 0):,}", "held out to measure"
    elif customers is not None:
        yield "all", f"{len(customers):,}", "customers"
    if status is not None and "accepted" in status:
        yield "send", f"{int(status['accepted'].sum()):,}", "messages accepted"
    if lift is not None:
        value = lift.conversion_difference.value
        points = "not known" if value is None else f"{100 * value:+.1f} points"
        yield "lift", points, f"buyers against the hold-out{_say_chance(lift)}"


def _say_chance(lift: LiftResult) -> str:
    """Say whether chance explains the difference in buyers, if there is one."""
    if lift.conversion_difference.value is None:
        return ""
    if not lift.conversion_difference.excludes_zero:
        return ", may be chance"
    return ", too few buyers to tell" if lift.has_few_buyers else ", beyond chance"
