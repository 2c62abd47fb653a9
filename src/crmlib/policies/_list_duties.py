"""What has to be done for which customer, and by when."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import pandas as pd

from crmlib.exceptions import InvalidParameterError
from crmlib.policies._consent_log import Log
from crmlib.policies._duty import DutyKind
from crmlib.policies._last_words import check_log
from crmlib.policies._open_duties import find_reminders, find_tasks, find_unheeded
from crmlib.tables import check_notices

if TYPE_CHECKING:
    from crmlib.policies._duty import Duty
    from crmlib.policies._policy import Policy

_COLUMNS: Final = (
    *("customer_id", "duty", "kind", "task", "channel", "purpose", "topic", "event"),
    *("since", "due", "is_overdue", "notice", "sources"),
)
_LONGEST_AHEAD: Final = 3650


def list_duties(
    policy: Policy,
    consents: pd.DataFrame,
    *,
    on: date,
    notices: pd.DataFrame | None = None,
    recorded: pd.DataFrame | None = None,
    done_before: date | None = None,
    ahead_days: int = 30,
) -> pd.DataFrame:
    """List what the law wants done for customers after their consents and withdrawals.

    A notice is owed until one was sent that tells of the event: by a table of
    *notices*, such as :func:`crmlib.delivery.list_notices` makes of a ledger.
    A withdrawal has to be heeded until it is *recorded* where sending asks.
    A duty that comes again is owed for each consent that holds; each of its
    periods needs a notice, and one that comes late counts for the period that
    lacked it.

    Parameters
    ----------
    policy : Policy
        Whose duties.
    consents : DataFrame of shape (n_events, n_columns)
        The canonical log, as :func:`crmlib.tables.check_consents` gives it.
    on : date
        The day that it is; later events are not known yet.
    notices : DataFrame of shape (n_notices, n_columns), optional
        As :func:`crmlib.tables.check_notices` takes them.
    recorded : DataFrame of shape (n_events, n_columns), optional
        The consents that the ledger holds, as
        :func:`crmlib.delivery.list_consents` gives them.  Without it no
        withdrawal counts as heeded.
    done_before : date, optional
        What was due before that day is taken as done; for a log that is
        older than the records of notices.
    ahead_days : int, default=30
        What is due so many days after *on*, or sooner, is listed; from 0.

    Returns
    -------
    DataFrame of shape (n_duties, 13), by ``due``
        ``customer_id``; ``duty``, ``kind``, ``task`` and ``sources`` of the
        law; ``channel``, ``purpose``, ``topic`` and ``since`` (UTC) of the
        ``event``, a ``"consent"`` or a ``"withdrawal"``; ``due``, the last
        day on which it can be done (datetime64); ``is_overdue``; ``notice``:
        ``"planned"`` or ``"unknown"`` if there is one that was not sent, or
        may not have been, else ``""``.

    Raises
    ------
    MissingColumnsError, InvalidTableError
        If a table is not as described.
    InvalidParameterError
        If *ahead_days* is not from 0 to 3650.

    Examples
    --------
    >>> import pandas as pd
    >>> from datetime import date
    >>> from crmlib import policies
    >>> consents = pd.DataFrame({
    ...     "customer_id": ["C1", "C2"], "channel": ["email", "sms"], "purpose": "advertising",
    ...     "granted": [True, False], "at": pd.to_datetime(["2026-11-01", "2026-11-20"], utc=True),
    ... })
    >>> duties = list_duties(policies.load("KR"), consents, on=date(2026, 11, 28))
    >>> duties[["customer_id", "duty", "event", "due", "is_overdue"]]
      customer_id           duty       event        due  is_overdue
    0          C1  result-notice     consent 2026-11-15        True
    1          C2  result-notice  withdrawal 2026-12-04       False
    >>> told = pd.DataFrame({
    ...     "customer_id": ["C1"], "duty": "result-notice", "at": ["2026-11-02T00:00Z"],
    ... })
    >>> list_duties(policies.load("KR"), consents, on=date(2026, 11, 28), notices=told).shape
    (1, 13)
    """
    if not 0 <= ahead_days <= _LONGEST_AHEAD:
        raise InvalidParameterError("ahead_days", ahead_days, f"from 0 to {_LONGEST_AHEAD}")
    check_log(consents)
    told = check_notices(_NO_NOTICES if notices is None else notices)
    log = Log(consents, recorded, told, on=on, done_before=done_before or date.min)
    found = [_list_one(duty, log) for duty in policy.duties]
    if not found:
        return _arrange(pd.DataFrame(columns=list(_COLUMNS)))
    duties = pd.concat(found, ignore_index=True)
    first = pd.Timestamp(max(log.done_before, date(1900, 1, 1)))
    last = pd.Timestamp(on + timedelta(days=ahead_days))
    return _arrange(duties[(duties["due"] >= first) & (duties["due"] <= last)])


_NO_NOTICES: Final = pd.DataFrame({"customer_id": [], "duty": [], "at": []}, dtype=object)


def _list_one(duty: Duty, log: Log) -> pd.DataFrame:
    if duty.kind is DutyKind.STOP:
        owed = find_unheeded(duty, log)
    elif duty.years is not None:
        owed = find_reminders(duty, log)
    else:
        owed = find_tasks(duty, log)
    return owed.assign(
        duty=duty.name,
        kind=str(duty.kind),
        task=duty.task,
        event=owed["granted"].map({True: "consent", False: "withdrawal"}).astype(object),
        since=owed["at"],
        is_overdue=owed["due"] < pd.Timestamp(log.on),
        notice=log.find_pending(duty.name, owed),
        sources=duty.sources,
    )[list(_COLUMNS)]


def _arrange(duties: pd.DataFrame) -> pd.DataFrame:
    texts = [name for name in _COLUMNS if name not in {"since", "due", "is_overdue"}]
    kinds = dict.fromkeys(texts, "str") | {
        "since": "datetime64[us, UTC]",
        "due": "datetime64[us]",
        "is_overdue": "bool",
    }
    order = ["due", "customer_id", "duty", "channel", "purpose", "topic", "since"]
    return duties.astype(kinds).sort_values(order, kind="stable", ignore_index=True)
