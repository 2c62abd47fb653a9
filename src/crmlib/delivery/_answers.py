"""What recipients say by the links in their messages: kept for good, and asked at each claim."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import pandas as pd
from sqlalchemy import insert, select

from crmlib.databases import EPOCH
from crmlib.delivery._schema import ANSWERS, CONSENTS
from crmlib.exceptions import InvalidParameterError
from crmlib.tables import PURPOSES, check_aware

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from crmlib.delivery._ledger import Ledger
    from crmlib.delivery._linked_recipient import LinkedRecipient

_EVERY: Final = "*"
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


def record_answers(
    ledger: Ledger,
    recipient: LinkedRecipient,
    answers: Iterable[Answer],
    *,
    at: datetime,
    source: str,
    is_told: bool = False,
) -> int:
    """Keep what *recipient* said; it holds from the next claim on.

    It counts for the customer, and for the address whoever has it: a customer
    who gets another id, or an address that two share, makes no difference.
    An answer that changes nothing is not kept again.

    Parameters
    ----------
    ledger : Ledger
    recipient : LinkedRecipient
        As :func:`find_recipient` gives it.
    answers : iterable of Answer
    at : datetime
        Aware.
    source : str
        How it was said: ``"opt-out page"``, ``"one-click"``.
    is_told : bool, default=False
        Whether whoever says it is shown at once what was recorded, of which
        sender, and when: then :func:`list_notices` counts that as a notice.

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
        words = _read_words(connection, recipient)
        news = [answer for answer in answers if _is_news(answer, words)]
        if not news:
            return 0
        said: list[dict[str, Any]] = [
            {
                "customer_id": recipient.customer_id,
                "medium": answer.medium,
                "purpose": answer.purpose,
                "topic": answer.topic,
                "granted": answer.granted,
                "at": at,
            }
            for answer in news
        ]
        connection.execute(store.insert_new(CONSENTS), said)
        proofs = [
            word
            | {
                "endpoint_hash": recipient.endpoint_hash,
                "source": source,
                "wording": answer.wording,
                "is_told": is_told,
            }
            for word, answer in zip(said, news, strict=True)
        ]
        connection.execute(insert(ANSWERS), proofs)
    return len(news)


def find_answer(
    ledger: Ledger,
    recipient: LinkedRecipient,
    medium: str,
    purpose: str,
    *,
    at: datetime,
    topic: str = "",
) -> bool | None:
    """Give the last word of *recipient* on a medium and purpose; None if the ledger has none.

    Of two at one instant the withdrawal counts, and who withdraws consent to
    advertising withdraws that for the night with it.  A consent to a topic is
    none as long as all advertising is refused.

    Parameters
    ----------
    ledger : Ledger
    recipient : LinkedRecipient
    medium, purpose : str
    at : datetime
        Aware; later words are not known yet.
    topic : str, default=""
        What the advertising is about; ``""`` is all advertising.

    Raises
    ------
    InvalidParameterError
        If *at* does not say in which zone it is.
    """
    check_aware("at", at)
    with ledger.store.read() as connection:
        words = [word for word in _read_words(connection, recipient) if word.at <= at]
    said = _last_word(words, medium, purpose, topic)
    if topic and said and _last_word(words, medium, purpose, "") is False:
        return None
    return said


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
        in the order in which they were said.

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
    with ledger.store.read() as connection:
        rows = connection.execute(select(*columns).order_by(table.id)).all()
    frame = pd.DataFrame([tuple(row) for row in rows], columns=list(_COLUMNS), dtype=object)
    kinds = dict.fromkeys(_COLUMNS, "str") | {"at": "datetime64[us, UTC]", "granted": "bool"}
    return frame.astype(kinds)


@attrs.frozen
class Word:
    """A consent or a withdrawal, and from when it counts."""

    medium: str
    purpose: str
    topic: str
    granted: bool
    at: datetime


def as_words(said: Iterable[Row[Any]]) -> list[Word]:
    """Give consents and withdrawals, each from its own instant."""
    return [Word(row.medium, row.purpose, row.topic, row.granted, row.at) for row in said]


def as_words_in_turn(answers: Iterable[Row[Any]]) -> list[Word]:
    """Give answers by links, in the order in which they came, none before the one before it.

    The pages may be on several machines, and a clock may be put back: what
    came later is the later word all the same.
    """
    words = []
    latest = EPOCH
    for word in as_words(answers):
        latest = max(latest, word.at)
        words.append(attrs.evolve(word, at=latest))
    return words


def _read_words(connection: Connection, recipient: LinkedRecipient) -> list[Word]:
    """Give all that was said, by the customer or for the address."""
    consents, answers = CONSENTS.c, ANSWERS.c
    of_customer = select(
        consents.medium,
        consents.purpose,
        consents.topic,
        consents.at,
        consents.granted,
    ).where(consents.customer_id == recipient.customer_id)
    of_address = (
        select(answers.medium, answers.purpose, answers.topic, answers.at, answers.granted)
        .where(answers.endpoint_hash == recipient.endpoint_hash)
        .order_by(answers.id)
    )
    return [
        *as_words(connection.execute(of_customer)),
        *as_words_in_turn(connection.execute(of_address)),
    ]


def _is_news(answer: Answer, words: Sequence[Word]) -> bool:
    """Say whether an answer changes anything, on any medium that it speaks of."""
    media = {answer.medium}
    if answer.medium == _EVERY:
        media |= {word.medium for word in words}
    for medium in media:
        granted, refused = _last_words(words, medium, answer.purpose, answer.topic)
        before = EPOCH
        is_granted = (granted or before) > (refused or before)
        if is_granted != answer.granted or (not answer.granted and refused is None):
            return True
    return False


def _last_word(words: Sequence[Word], medium: str, purpose: str, topic: str) -> bool | None:
    granted, refused = _last_words(words, medium, purpose, topic)
    if granted is None and refused is None:
        return None
    return granted is not None and (refused is None or granted > refused)


def _last_words(
    words: Sequence[Word], medium: str, purpose: str, topic: str
) -> tuple[datetime | None, datetime | None]:
    """Give when somebody agreed last, and when they refused last, as far as it counts."""
    counting = [word for word in words if word.medium in {medium, _EVERY} and word.topic == topic]
    granted = [word.at for word in counting if word.granted and word.purpose == purpose]
    refused = [
        word.at
        for word in counting
        if not word.granted and word.purpose in {purpose, "advertising"}
    ]
    return max(granted, default=None), max(refused, default=None)
