"""Whom a message went to, told by its key: for the page behind its opt-out link."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
from sqlalchemy import select

from crmlib.delivery._schema import CAMPAIGNS, DELIVERIES, RUNS

if TYPE_CHECKING:
    from crmlib.delivery._ledger import Ledger


@attrs.frozen(kw_only=True)
class LinkedRecipient:
    """Whom a message went to, as far as a ledger knows: no name and no address.

    Parameters
    ----------
    campaign, message_key : str
        Which message.
    customer_id : str
        Whose.
    endpoint_hash : bytes
        Of the address, keyed with the salt of the ledger.
    medium : str
        By what it went: ``"email"``, ``"sms"``.
    topic : str, default=""
        What it is about, if customers may refuse that by itself.
    """

    campaign: str
    message_key: str
    customer_id: str = attrs.field(repr=False)
    endpoint_hash: bytes = attrs.field(repr=False)
    medium: str
    topic: str = ""


def find_recipient(ledger: Ledger, message_key: str) -> LinkedRecipient | None:
    """Give whom the message went to, or was planned for; None if the ledger has no such message.

    Parameters
    ----------
    ledger : Ledger
    message_key : str
        What :meth:`crmlib.opt_out_links.OptOutKeys.read` gives.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from crmlib.delivery import Ledger
    >>> with TemporaryDirectory() as folder, Ledger(f"sqlite:///{folder}/crm.db") as ledger:
    ...     find_recipient(ledger, "6753a407247fc4628a3a1e7a8d1fe35e") is None
    True
    """
    table = DELIVERIES.c
    # by campaign and key there is an index
    query = (
        select(
            CAMPAIGNS.c.name, table.customer_id, table.endpoint_hash, table.medium, RUNS.c.topic
        )
        .select_from(CAMPAIGNS.join(DELIVERIES, CAMPAIGNS.c.id == table.campaign_id))
        .join(RUNS, RUNS.c.id == table.run_id)
        .where(table.message_key == message_key)
    )
    with ledger.store.read() as connection:
        row = connection.execute(query).first()
    if row is None:
        return None
    return LinkedRecipient(
        campaign=row.name,
        message_key=message_key,
        customer_id=row.customer_id,
        endpoint_hash=row.endpoint_hash,
        medium=row.medium,
        topic=row.topic,
    )
