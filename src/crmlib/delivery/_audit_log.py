"""Who did what, when and why: written in the transaction of the deed, and never changed."""

from __future__ import annotations

import getpass
import os
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from sqlalchemy import insert, select

from crmlib.delivery._reading import find_campaign
from crmlib.delivery._schema import CAMPAIGNS, LOG
from crmlib.exceptions import InvalidParameterError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from crmlib.delivery._ledger import Ledger

_VARIABLE: Final = "CRMLIB_OPERATOR"
_COLUMNS: Final = ("at", "operator", "action", "campaign", "note")


class Action(StrEnum):
    """What an operator does, or crmlib by itself."""

    APPROVE = "approve"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    CANARY = "canary"
    RELEASE = "release canary"
    BREAKER = "breaker"
    SETTLE = "settle"
    RESEND = "resend"
    TEST = "test"
    SUPPRESS = "suppress"
    ADOPT = "adopt"


def find_operator(given: str | None, environment: Mapping[str, str] = os.environ) -> str:
    """Give the name under which deeds are logged.

    It is the one *given*, else ``CRMLIB_OPERATOR`` of the environment, else the
    user of the system.

    Raises
    ------
    InvalidParameterError
        If the one that is given is blank.
    """
    if given is not None:
        if not given.strip():
            raise InvalidParameterError("operator", given, "the name of who works with the ledger")
        return given
    named = environment.get(_VARIABLE, "").strip()
    if named:
        return named
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container may run under a number that has no name
        return f"user {os.getuid()}"


def log_action(
    connection: Connection,
    operator: str,
    action: Action,
    *,
    at: datetime,
    note: str,
    campaign_id: int | None = None,
) -> None:
    """Add one line to the log, in the caller's transaction."""
    connection.execute(
        insert(LOG).values(
            at=at, operator=operator, action=str(action), campaign_id=campaign_id, note=note
        )
    )


def list_actions(ledger: Ledger, campaign: str | None = None) -> pd.DataFrame:
    """List who did what with a ledger, in the order in which it was committed.

    It is the log of an audit: approvals, pauses, what was settled by hand.
    The database refuses to change or delete a line.

    Parameters
    ----------
    ledger : Ledger
    campaign : str, optional
        Only what was done with this one.

    Returns
    -------
    DataFrame of shape (n_actions, 5)
        ``at`` (datetime64[us, UTC]), ``operator``, ``action``, ``campaign``
        (None where the deed was about the ledger itself) and ``note``.

    Raises
    ------
    UnknownNameError
        If there is no such campaign.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from crmlib.delivery import Ledger, list_actions
    >>> with TemporaryDirectory() as folder, Ledger(f"sqlite:///{folder}/crm.db") as ledger:
    ...     list_actions(ledger).columns.to_list()
    ['at', 'operator', 'action', 'campaign', 'note']
    """
    table = LOG.c
    query = (
        select(
            table.at, table.operator, table.action, CAMPAIGNS.c.name.label("campaign"), table.note
        )
        .select_from(LOG.join(CAMPAIGNS, isouter=True))
        .order_by(table.id)
    )
    if campaign is not None:
        query = query.where(table.campaign_id == find_campaign(ledger.store, campaign))
    with ledger.store.read() as connection:
        rows = connection.execute(query).all()
    frame = pd.DataFrame([tuple(row) for row in rows], columns=list(_COLUMNS), dtype=object)
    kinds: dict[str, Any] = dict.fromkeys(("operator", "action", "note"), "str")
    return frame.astype(kinds | {"at": "datetime64[us, UTC]"})
