"""What recipients say by the links in their messages: kept for good, and asked at each claim."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import pandas as pd
from sqlalchemy import select

from crmlib.delivery._schema import ANSWERS, CONSENTS, EPOCH
from crmlib.exceptions import InvalidParameterError
from crmlib.tables import PURPOSES, check_aware

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from crmlib.delivery._ledger import Ledger
    from crmlib.delivery._linked_recipient import LinkedRecipient

_COLUMNS: Final = (
    *("customer_id", "channel", "purpose", "topic", "granted", "at", "source", "wording"),
)


@attrs.frozen(kw_only=True)
class Answer:
    """One consent or withdrawal.

    Parameters
    ----------
    medium : str
        Such as ``"email"``; ``"*"`` is all of them.
    purpose : {"advertising", "night"}
        What for.
    granted : bool
        Yes or no.
    wording : str
        The version of the text that was shown.
    topic : str, default=""
        What the advertising is about; ``""`` is all advertising.
    """

    medium: str = attrs.field(validator=attrs.validators.min_len(1))
    purpose: str = attrs.field(validator=attrs.validators.in_(PURPOSES))
    granted: bool = attrs.field(validator=attrs.validators.instance_of(bool))
    wording: str
    topic: str = ""

    def __attrs_post_init__(self) -> None:
        if not self.wording:
            raise InvalidParameterError("wording", self.wording, "the version of the text shown")

    @property
    def about(self) -> tuple[str, str, str]:
        """Medium, purpose and topic."""
        return self.medium, self.purpose, self.topic


def record_answers(
    ledger: Ledger,
    recipient: LinkedRecipient,
    answers: Iterable[Answer],
    *,
    at: datetime,
    source: str,
) -> int:
    """Keep what *recipient* said; it holds from the next claim on.

    It counts for the customer, and for the address whoever has it: a customer
    who gets another id, or an address that two share, makes no difference.
    An answer that says what the last one said already is not kept again.

    Parameters
    ----------
    ledger : Ledger
    recipient : LinkedRecipient
        As :func:`find_recipient` gives it.
    answers : iterable of Answer
    at : datetime
        Aware.
    source : str
        How it was said: ``"opt-out link"``, ``"one-click"``.

    Returns
    -------
    int
        How many were news.

    Raises
    ------
    InvalidParameterError
        If *at* does not say in which zone it is.
    """
    check_aware("at", at)
    store = ledger.store
    with store.write_alone() as connection:
        known = _last_words(connection, recipient, at)
        news = [answer for answer in answers if known.get(answer.about) != answer.granted]
        if not news:
            return 0
        words: list[dict[str, Any]] = [
            {
                "customer_id": recipient.customer_id,
                "medium": answer.medium,
                "purpose": answer.purpose,
                "granted": answer.granted,
                "at": at,
            }
            for answer in news
        ]
        connection.execute(store.insert_new(CONSENTS), words)
        proofs = [
            word
            | {
                "endpoint_hash": recipient.endpoint_hash,
                "topic": answer.topic,
                "source": source,
                "wording": answer.wording,
            }
            for word, answer in zip(words, news, strict=True)
        ]
        connection.execute(store.insert_new(ANSWERS), proofs)
    return len(news)


def find_answers(
    ledger: Ledger, recipient: LinkedRecipient, *, at: datetime
) -> dict[tuple[str, str, str], bool]:
    """Give the last word of *recipient*, by medium, purpose and topic.

    What the ledger has no word of is not there.

    Parameters
    ----------
    ledger : Ledger
    recipient : LinkedRecipient
    at : datetime
        Aware; later words are not known yet.

    Raises
    ------
    InvalidParameterError
        If *at* does not say in which zone it is.
    """
    check_aware("at", at)
    with ledger.store.read() as connection:
        return _last_words(connection, recipient, at)


def list_answers(ledger: Ledger) -> pd.DataFrame:
    """Give all answers as a consents table, to be planned with beside the others.

    Parameters
    ----------
    ledger : Ledger

    Returns
    -------
    DataFrame of shape (n_answers, 8)
        ``customer_id``, ``channel`` (the medium), ``purpose``, ``topic``,
        ``granted``, ``at`` (datetime64[us, UTC]), ``source`` and ``wording``,
        by ``at``.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from crmlib.delivery import Ledger
    >>> with TemporaryDirectory() as folder, Ledger(f"sqlite:///{folder}/crm.db") as ledger:
    ...     list_answers(ledger).shape
    (0, 8)
    """
    table = ANSWERS.c
    columns = [table.medium.label(name) if name == "channel" else table[name] for name in _COLUMNS]
    query = select(*columns).order_by(table.at, table.customer_id, table.medium, table.purpose)
    with ledger.store.read() as connection:
        rows = connection.execute(query).all()
    frame = pd.DataFrame([tuple(row) for row in rows], columns=list(_COLUMNS), dtype=object)
    kinds = dict.fromkeys(_COLUMNS, "str") | {"at": "datetime64[us, UTC]", "granted": "bool"}
    return frame.astype(kinds)


def _last_words(
    connection: Connection, recipient: LinkedRecipient, at: datetime
) -> dict[tuple[str, str, str], bool]:
    """Give the last word on each thing; of two at one instant the withdrawal counts."""
    of_customer = select(CONSENTS).where(
        CONSENTS.c.customer_id == recipient.customer_id, CONSENTS.c.at <= at
    )
    of_address = select(ANSWERS).where(
        ANSWERS.c.endpoint_hash == recipient.endpoint_hash, ANSWERS.c.at <= at
    )
    last: dict[tuple[str, str, str], tuple[datetime, bool]] = {}
    for word in (*connection.execute(of_customer), *connection.execute(of_address)):
        about = word.medium, word.purpose, getattr(word, "topic", "")
        said = word.at, not word.granted
        last[about] = max(said, last.get(about, (EPOCH, False)))
    return {about: not refused for about, (_, refused) in last.items()}
