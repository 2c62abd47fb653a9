"""Who may be written to, by what is on record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype

from crmlib.exceptions import InvalidParameterError, InvalidTableError, MissingColumnsError
from crmlib.messages import Reason
from crmlib.policies._consent_kind import ConsentKind

if TYPE_CHECKING:
    from datetime import datetime

    import numpy.typing as npt

    from crmlib.policies._policy_rule import PolicyRule

_COLUMNS = ("customer_id", "channel", "purpose", "granted", "at")


def consent_verdicts(
    rule: PolicyRule,
    consents: pd.DataFrame,
    customer_ids: pd.Index,
    *,
    medium: str,
    now: datetime,
) -> pd.DataFrame:
    """Say of each customer whether consent allows a message, and why.

    The last event up to *now* counts, among those for *medium* and those for
    every medium (``"*"``); of two at one instant the withdrawal counts.  A
    consent for the night ends with a withdrawal of either consent.

    Parameters
    ----------
    rule : PolicyRule
        What the law asks.
    consents : DataFrame of shape (n_events, n_columns)
        The canonical consents table: ``customer_id``, ``channel`` (a medium
        or ``"*"``), ``purpose`` (``"advertising"`` or ``"night"``),
        ``granted``, ``at``.
    customer_ids : Index of shape (n_customers,)
        Whom to ask about.
    medium : str
        What carries the message.
    now : datetime
        Aware; later events are not known yet.

    Returns
    -------
    DataFrame of shape (n_customers, 3), indexed by *customer_ids*
        ``verdict`` (``"ALLOWED"`` or ``"NO_CONSENT"``), ``night`` (bool: a
        consent for the night is held), ``detail`` (why, with the source).

    Raises
    ------
    MissingColumnsError, InvalidTableError
        If *consents* is no consents table.
    InvalidParameterError
        If *now* is naive.

    Examples
    --------
    >>> import pandas as pd
    >>> from datetime import UTC, datetime
    >>> from crmlib import policies
    >>> consents = pd.DataFrame({
    ...     "customer_id": ["C1"], "channel": ["email"], "purpose": ["advertising"],
    ...     "granted": [True], "at": pd.to_datetime(["2026-01-05"], utc=True),
    ... })
    >>> rule = policies.load("KR").rule("email", "advertising")
    >>> now = datetime(2026, 11, 2, tzinfo=UTC)
    >>> verdicts = consent_verdicts(
    ...     rule, consents, pd.Index(["C1", "C2"]), medium="email", now=now
    ... )
    >>> verdicts["verdict"].to_list()
    ['ALLOWED', 'NO_CONSENT']
    >>> verdicts.loc["C2", "detail"]
    'no consent on record (KR Network Act art. 50(1); KR Network Act art. 50(2))'
    """
    _check(consents, now)
    events = consents[consents["channel"].isin([medium, "*"]) & (consents["at"] <= now)]
    advertising = events[events["purpose"] == "advertising"]
    withdrawals = advertising[~advertising["granted"].astype(bool)]
    night = pd.concat([events[events["purpose"] == "night"], withdrawals])
    state = _latest(advertising).reindex(customer_ids)
    granted = state["granted"].eq(1.0).to_numpy()
    withdrawn = state["granted"].eq(0.0).to_numpy()
    allowed = {
        ConsentKind.NONE: np.ones(len(customer_ids), dtype=bool),
        ConsentKind.OPT_OUT: ~withdrawn,
        ConsentKind.OPT_IN: granted,
    }[rule.consent]
    held_night = _latest(night)["granted"].reindex(customer_ids).eq(1.0).to_numpy()
    return pd.DataFrame(
        {
            "verdict": np.where(allowed, Reason.ALLOWED.value, Reason.NO_CONSENT.value),
            "night": held_night,
            "detail": _details(rule, state["at"], granted, withdrawn),
        },
        index=customer_ids,
    )


def _check(consents: pd.DataFrame, now: datetime) -> None:
    if now.tzinfo is None:
        raise InvalidParameterError("now", now, "an aware datetime")
    missing = [column for column in _COLUMNS if column not in consents]
    if missing:
        raise MissingColumnsError("consents", missing, list(consents.columns))
    way_out = "bring it into shape with crmlib.tables.check_consents"
    if not isinstance(consents["at"].dtype, pd.DatetimeTZDtype):
        raise InvalidTableError("consents", "has no aware instants in the column at", way_out)
    if consents[list(_COLUMNS)].isna().to_numpy().any():
        raise InvalidTableError("consents", "has empty cells", way_out)
    if len(consents) and not is_bool_dtype(consents["granted"].dtype):
        raise InvalidTableError("consents", "has other things than booleans in granted", way_out)


def _latest(events: pd.DataFrame) -> pd.DataFrame:
    """Give the last event of each customer, the withdrawal if two are last; granted is 0 or 1."""
    columns = events[["customer_id", "granted", "at"]].astype({"granted": bool})
    ordered = columns.sort_values(["at", "granted"], ascending=[True, False], kind="stable")
    last = ordered.drop_duplicates("customer_id", keep="last").set_index("customer_id")
    return last.astype({"granted": float})


def _details(
    rule: PolicyRule,
    at: pd.Series,
    granted: npt.NDArray[np.bool_],
    withdrawn: npt.NDArray[np.bool_],
) -> npt.NDArray[np.object_]:
    laws = "; ".join(str(citation) for citation in rule.consent_citations)
    if rule.consent is ConsentKind.NONE:
        return np.full(len(at), f"no consent needed ({laws})", dtype=object)
    nothing = "consent" if rule.consent is ConsentKind.OPT_IN else "objection"
    days = at.dt.tz_convert(None).to_numpy(dtype="datetime64[D]")
    day = np.datetime_as_string(days).astype(object)
    chosen = np.full(len(at), f"no {nothing} on record ({laws})", dtype=object)
    chosen[granted] = "consent of " + day[granted] + f" ({laws})"
    chosen[withdrawn] = "withdrawn on " + day[withdrawn] + f" ({laws})"
    return chosen
