"""A plan of the notices that the law asks for."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import attrs
import pandas as pd

from crmlib.campaigns._campaign import Campaign
from crmlib.campaigns._notice_planner import NoticePlanner
from crmlib.exceptions import InvalidParameterError, UnknownNameError
from crmlib.messages import Purpose
from crmlib.policies import DutyKind, list_duties
from crmlib.segmenters import Rule, RuleSegmenter
from crmlib.tables import check_aware, check_consents, check_notices, get_zone
from crmlib.timing import FixedTiming

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from crmlib.campaigns._plan import Plan
    from crmlib.messages import Sender
    from crmlib.opt_out_links import OptOutKeys
    from crmlib.policies import Duty, Policy

_HORIZON: Final = timedelta(days=3)
_ALWAYS_DAYS: Final = 3650
_MORNING: Final = 9
_EVENING: Final = 20
"""Notices may go at any hour, but nobody likes them by night."""


def plan_notices(
    policy: Policy,
    duty: str,
    *,
    name: str,
    consents: pd.DataFrame,
    profiles: pd.DataFrame,
    sender: Sender,
    channels: Sequence[str],
    now: datetime,
    notices: pd.DataFrame | None = None,
    done_before: date | None = None,
    ahead_days: int = 30,
    suppressions: Iterable[str] | None = None,
    timezone: str = "UTC",
    locale: str | None = None,
    opt_out_keys: OptOutKeys | None = None,
) -> Plan:
    """Plan the notices of *duty* for all to whom they are owed, to be delivered as any plan.

    The messages are informational: no consent is asked for, they go in the
    next hour between 9 and 21, and nobody is held out.  Their text is that of the policy and holds
    no advertising.  Each tells a customer of everything of which the duty
    is still owed, be some of it due later.  Who has a notice that is planned,
    or may have gone, gets no other.

    Parameters
    ----------
    policy : Policy
        Whose duty it is.
    duty : str
        Its name, such as ``"result-notice"``.
    name : str
        Of the plan's campaign: a new one each time, as an address gets at most
        one message of a campaign.
    consents : DataFrame of shape (n_events, n_columns)
        As :func:`crmlib.tables.check_consents` takes them.
    profiles : DataFrame of shape (n_profiles, n_columns)
        As :func:`crmlib.tables.check_profiles` takes them.
    sender : Sender
        From whom.
    channels : sequence of str
        The preferred first; all carry informational messages.
    now : datetime
        Aware.
    notices, done_before, ahead_days
        As :func:`crmlib.policies.list_duties` takes them.
    suppressions, timezone, locale, opt_out_keys
        As :class:`Campaign` takes them.

    Returns
    -------
    Plan
        A row for each customer to whom the duty is owed.  Its header says of
        what it tells, as ``notice``, so that the ledger knows, too.

    Raises
    ------
    UnknownNameError
        If *policy* has no notice of that name, or a channel is none.
    InvalidParameterError
        If the duty has no text, *now* has no zone, a channel carries no
        informational messages, or the sender's URL is signed and there are no
        *opt_out_keys*.
    MissingColumnsError, InvalidTableError
        If a table is not as described.

    Examples
    --------
    >>> import pandas as pd
    >>> from datetime import UTC, datetime
    >>> from crmlib import policies
    >>> from crmlib.messages import Sender
    >>> consents = pd.DataFrame({
    ...     "customer_id": ["C1"], "channel": "email", "purpose": "advertising",
    ...     "granted": True, "at": ["2026-11-20T09:00+09:00"],
    ... })
    >>> plan = plan_notices(
    ...     policies.load("KR"), "result-notice", name="notices-2026-11-28", consents=consents,
    ...     profiles=pd.DataFrame({"customer_id": ["C1"], "email": ["mina@example.com"]}),
    ...     sender=Sender(name="Shop", email="shop@example.com"), channels=["memory"],
    ...     now=datetime(2026, 11, 28, tzinfo=UTC),
    ... )
    >>> print(plan.table.loc["C1", "message"])
    Shop has recorded what you told us about advertising:
    <BLANKLINE>
    - 2026-11-20: consent to advertising by e-mail: recorded
    <BLANKLINE>
    This is a notice that the law asks for. Questions: shop@example.com
    """
    asked = _find_duty(policy, duty)
    at = pd.Timestamp(check_aware("now", now))
    log = check_consents(consents)
    log = log[log["at"] <= at]
    given: dict[str, Any] = {
        "on": at.tz_convert(get_zone(asked.zone or "UTC")).date(),
        "notices": None if notices is None else check_notices(notices),
        "done_before": done_before,
    }
    due = _owed(list_duties(policy, log, ahead_days=ahead_days, **given), duty)
    later = _owed(list_duties(policy, log, ahead_days=_ALWAYS_DAYS, **given), duty)
    events = later[later["customer_id"].isin(due["customer_id"])]
    campaign = Campaign(
        name=name,
        segmenter=_segment(duty),
        planner=NoticePlanner(asked, events, sender),
        timing=FixedTiming(hour=_next_hour(at.tz_convert(get_zone(timezone)).hour)),
        channels=channels,
        policy=policy,
        holdout=0.0,
        sender=sender,
        purpose=Purpose.INFORMATIONAL,
        horizon=_HORIZON,
        timezone=timezone,
        locale=locale,
        opt_out_keys=opt_out_keys,
    )
    plan = campaign.plan(
        _as_customers(events),
        profiles=profiles,
        consents=log,
        now=now,
        suppressions=suppressions,
    )
    notice = {"duty": duty, "until": at.isoformat(), "sources": asked.sources}
    return attrs.evolve(plan, header=plan.header | {"notice": notice})


def _find_duty(policy: Policy, name: str) -> Duty:
    known = [duty for duty in policy.duties if duty.kind is DutyKind.NOTICE]
    found = [duty for duty in known if duty.name == name]
    if not found:
        told = f"notice in the duties of {' + '.join(policy.jurisdictions)}"
        raise UnknownNameError(told, name, sorted({duty.name for duty in known}))
    with_text = [duty for duty in found if duty.texts]
    if not with_text:
        expected = "a duty whose policy file has its text: [duties.texts.en]"
        raise InvalidParameterError("duty", name, expected)
    return with_text[0]


def _next_hour(hour: int) -> int:
    """Give the hour after *hour*, as a notice may be due today, or else the morning."""
    return hour + 1 if _MORNING <= hour + 1 <= _EVENING else _MORNING


def _owed(duties: pd.DataFrame, name: str) -> pd.DataFrame:
    """Give what is owed of one duty and on no way yet, each event once."""
    own = duties[(duties["duty"] == name) & (duties["notice"] == "")]
    event = ["customer_id", "channel", "purpose", "topic", "event", "since"]
    return own.drop_duplicates(event).sort_values(["customer_id", "since"], kind="stable")


def _as_customers(events: pd.DataFrame) -> pd.DataFrame:
    """Give a row for each customer: of two who share an address the last to speak is told."""
    found = events.groupby("customer_id").agg(
        last_purchase_at=("since", "max"), owed=("due", "size")
    )
    found.index = found.index.astype("str")
    return found


def _segment(duty: str) -> RuleSegmenter:
    example = pd.DataFrame({"owed": [1]}, index=pd.Index(["C"], name="customer_id"))
    return RuleSegmenter([Rule(duty, [("owed", ">=", 1)])]).fit(example)
