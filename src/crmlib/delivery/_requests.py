"""What recipients asked a person to do: to erase what is known of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd
from sqlalchemy import insert, select, update

from crmlib.delivery._schema import REQUESTS
from crmlib.exceptions import InvalidParameterError
from crmlib.tables import check_aware

if TYPE_CHECKING:
    from datetime import datetime

    from crmlib.delivery._ledger import Ledger
    from crmlib.delivery._linked_recipient import LinkedRecipient

_ERASURE: Final = "erasure"
_COLUMNS: Final = ("id", "kind", "customer_id", "at", "done_at", "note")


def request_erasure(ledger: Ledger, recipient: LinkedRecipient, *, at: datetime) -> bool:
    """Note that *recipient* wants to be erased; a request that is open stays the one.

    Parameters
    ----------
    ledger : Ledger
    recipient : LinkedRecipient
        As :func:`find_recipient` gives it.
    at : datetime
        Aware.

    Returns
    -------
    bool
        Whether it is new.

    Raises
    ------
    InvalidParameterError
        If *at* does not say in which zone it is.
    """
    check_aware("at", at)
    table = REQUESTS.c
    open_one = select(table.id).where(
        table.kind == _ERASURE,
        table.customer_id == recipient.customer_id,
        table.done_at.is_(None),
    )
    with ledger.store.write_alone() as connection:
        if connection.scalar(open_one) is not None:
            return False
        connection.execute(
            insert(REQUESTS).values(
                kind=_ERASURE,
                customer_id=recipient.customer_id,
                endpoint_hash=recipient.endpoint_hash,
                at=at,
            )
        )
    return True


def list_requests(ledger: Ledger) -> pd.DataFrame:
    """List what recipients asked for, done or not.

    Parameters
    ----------
    ledger : Ledger

    Returns
    -------
    DataFrame of shape (n_requests, 6)
        ``id``, ``kind`` (``"erasure"``), ``customer_id``, ``at``, ``done_at``
        (NaT: not done) and ``note``.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from crmlib.delivery import Ledger
    >>> with TemporaryDirectory() as folder, Ledger(f"sqlite:///{folder}/crm.db") as ledger:
    ...     len(list_requests(ledger))
    0
    """
    query = select(*(REQUESTS.c[name] for name in _COLUMNS)).order_by(REQUESTS.c.id)
    with ledger.store.read() as connection:
        rows = connection.execute(query).all()
    frame = pd.DataFrame([tuple(row) for row in rows], columns=list(_COLUMNS), dtype=object)
    instants = dict.fromkeys(("at", "done_at"), "datetime64[us, UTC]")
    return frame.astype({"id": "int64", "kind": "str", "customer_id": "str"} | instants)


def close_request(ledger: Ledger, request_id: int, *, at: datetime, note: str) -> None:
    """Say that a person has done what was asked for.

    Parameters
    ----------
    ledger : Ledger
    request_id : int
        As :func:`list_requests` gives it.
    at : datetime
        Aware.
    note : str
        What was done.  It is kept as it is: write no names and addresses.

    Raises
    ------
    InvalidParameterError
        If there is no such request, it is done already, *note* is blank or
        *at* does not say in which zone it is.
    """
    check_aware("at", at)
    if not note.strip():
        raise InvalidParameterError("note", note, "what was done, in words")
    table = REQUESTS.c
    closing = update(REQUESTS).where(table.id == request_id, table.done_at.is_(None))
    with ledger.store.write_alone() as connection:
        done = connection.execute(closing.values(done_at=at, note=note.strip()))
        if not done.rowcount:
            raise InvalidParameterError("request_id", request_id, "the id of a request not done")
