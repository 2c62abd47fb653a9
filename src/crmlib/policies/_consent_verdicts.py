"""Who may be written to, by what is on record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.messages import Reason
from crmlib.policies._consent_kind import ConsentKind
from crmlib.policies._last_words import last_words

if TYPE_CHECKING:
    from datetime import datetime

    import numpy.typing as npt

    from crmlib.policies._policy_rule import PolicyRule


def consent_verdicts(
    rule: PolicyRule,
    consents: pd.DataFrame,
    customer_ids: pd.Index,
    *,
    medium: str,
    now: datetime,
    topic: str | None = None,
) -> pd.DataFrame:
    """Say of each customer whether consent allows a message, and why.

    The last word up to *now* counts, as :func:`last_words` finds it.

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
    topic : str, optional
        What the message is about, in lower case.

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
    said = last_words(consents, medium=medium, purpose="advertising", now=now, topic=topic)
    state = said.astype({"granted": float}).reindex(customer_ids)
    granted = state["granted"].eq(1.0).to_numpy()
    withdrawn = state["granted"].eq(0.0).to_numpy()
    allowed = {
        ConsentKind.NONE: np.ones(len(customer_ids), dtype=bool),
        ConsentKind.OPT_OUT: ~withdrawn,
        ConsentKind.OPT_IN: granted,
    }[rule.consent]
    night = last_words(consents, medium=medium, purpose="night", now=now)
    return pd.DataFrame(
        {
            "verdict": np.where(allowed, Reason.ALLOWED.value, Reason.NO_CONSENT.value),
            "night": customer_ids.isin(night.index[night["granted"]]),
            "detail": _details(rule, state, granted, withdrawn),
        },
        index=customer_ids,
    )


def _details(
    rule: PolicyRule,
    state: pd.DataFrame,
    granted: npt.NDArray[np.bool_],
    withdrawn: npt.NDArray[np.bool_],
) -> npt.NDArray[np.object_]:
    laws = "; ".join(str(citation) for citation in rule.consent_citations)
    if rule.consent is ConsentKind.NONE:
        return np.full(len(state), f"no consent needed ({laws})", dtype=object)
    nothing = "consent" if rule.consent is ConsentKind.OPT_IN else "objection"
    days = state["at"].dt.tz_convert(None).to_numpy(dtype="datetime64[D]")
    day = np.datetime_as_string(days).astype(object)
    topics = state["topic"].fillna("").to_numpy(dtype=object)
    of = np.array([f" for the topic {topic!r}" if topic else "" for topic in topics], dtype=object)
    chosen = np.full(len(state), f"no {nothing} on record ({laws})", dtype=object)
    chosen[granted] = "consent of " + day[granted] + of[granted] + f" ({laws})"
    chosen[withdrawn] = "withdrawn on " + day[withdrawn] + of[withdrawn] + f" ({laws})"
    return chosen
