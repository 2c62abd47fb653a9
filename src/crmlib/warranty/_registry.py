"""The registry: which certificates there are, whose they are, and all that happened."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Self, TypeVar

from sqlalchemy import delete, select, update

from crmlib.exceptions import InvalidParameterError, WarrantyRefusedError
from crmlib.tables import check_aware
from crmlib.warranty import _canonical, _ownership
from crmlib.warranty._event_log import append, check_log
from crmlib.warranty._gs1 import DigitalLink
from crmlib.warranty._issuing import as_certificate, issue_new, make_pieces
from crmlib.warranty._ownership import Step
from crmlib.warranty._refusal import Refusal
from crmlib.warranty._revoking import revoke_one, revoke_returned
from crmlib.warranty._schema import CERTIFICATES, CODES, CONSENTS, OWNERS
from crmlib.warranty._store import RegistryStore
from crmlib.warranty._token import TokenFacts, read_token, sign_token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    import pandas as pd

    from crmlib.tables import Orders
    from crmlib.warranty._certificate import Certificate, ConsentAnswer, Piece, Registrant
    from crmlib.warranty._event_log import LogCheck
    from crmlib.warranty._key_ring import KeyRing
    from crmlib.warranty._revoking import Revocations

_T = TypeVar("_T")


class WarrantyRegistry:
    """The books of warranties, in an SQLite file or a PostgreSQL database.

    Whoever has the token of a piece, from its QR code, can verify it and
    register it; without a token nothing can be found out.  What is done is
    in a log whose events each cover the one before; so are refusals, with
    their reason.  The log names owners by ids that mean nothing elsewhere.

    Parameters
    ----------
    url : str
        ``"sqlite:///warranty.db"`` or ``"postgresql://…"``; made at the first use.
    keys : KeyRing
        They sign and verify.
    domain : str
        Where links lead, such as ``"https://id.example.com"``.
    busy_timeout_seconds : float, default=5.0
        How long to wait for somebody else who writes.

    Raises
    ------
    InvalidParameterError, UnsupportedFeatureError
        If *url* names no database that can hold a registry.
    LedgerUnavailableError
        If it cannot be opened, is no database, or is locked.
    UnreadableFileError
        If another version of crmlib made it.

    Examples
    --------
    See docs/warranty.md.
    """

    def __init__(
        self, url: str, *, keys: KeyRing, domain: str, busy_timeout_seconds: float = 5.0
    ) -> None:
        self._store = RegistryStore(url, busy_timeout_seconds)
        self._keys = keys
        self._domain = domain

    def issue(self, piece: Piece, *, at: datetime) -> Certificate:
        """Give *piece* its certificate.

        Raises
        ------
        InvalidParameterError
            If it has one already.
        """
        issued = self.issue_many([piece], at=at)
        if not issued:
            raise InvalidParameterError(
                "piece", f"{piece.gtin} {piece.serial}", "one without a certificate"
            )
        return issued[0]

    def issue_many(self, pieces: Iterable[Piece], *, at: datetime) -> tuple[Certificate, ...]:
        """Give each of *pieces* without a certificate one; on an error, none of them."""
        check_aware("at", at)
        with self._store.write() as connection:
            return issue_new(connection, pieces, at)

    def issue_for_orders(
        self,
        transactions: pd.DataFrame,
        gtins: Mapping[str, str],
        *,
        at: datetime,
        lasting: timedelta,
        after: timedelta = timedelta(0),
        delivered_at: pd.Series[datetime] | None = None,
    ) -> tuple[Certificate, ...]:
        """Issue for each piece that was sold, of whatever channel: once, however often called.

        Parameters
        ----------
        transactions : DataFrame of shape (n_lines, n_columns)
            ``Orders.table``, with ``product_id``; lines below 0 are no sales.
        gtins : mapping of str to str
            The GTIN of each product id that has a warranty.
        at : datetime
            Now.
        lasting : timedelta
            How long the certificate holds.
        after : timedelta, default=0
            From delivery until it begins: the time in which most returns come.
        delivered_at : Series of shape (n_lines,), optional
            Aware instants, row for row; NaT is not delivered, and gets no
            certificate yet.  By default the instant of the order.

        Returns
        -------
        tuple of Certificate
            The new ones.
        """
        check_aware("at", at)
        delivered = transactions["ordered_at"] if delivered_at is None else delivered_at
        pieces = make_pieces(
            self._store, transactions, gtins, delivered, after=after, lasting=lasting
        )
        return self.issue_many(pieces, at=at)

    def link(self, warranty_id: str) -> DigitalLink:
        """Give the link of a certificate, signed with the key that signs now."""
        with self._store.read() as connection:
            row = _ownership.find_valid(connection, warranty_id)
        facts = TokenFacts(
            warranty_id=row.warranty_id,
            gtin=row.gtin,
            serial=row.serial,
            issued_at=row.valid_from,
            expires_at=row.expires_at,
        )
        return DigitalLink(
            domain=self._domain,
            gtin=row.gtin,
            serial=row.serial,
            lot=row.lot,
            token=sign_token(facts, self._keys),
        )

    def verify(self, token: str, *, at: datetime) -> Certificate:
        """Give the certificate of *token*, if it holds.

        Raises
        ------
        WarrantyRefusedError
            With its reason, which the log keeps.
        """
        return self._act(token, at, lambda step: as_certificate(step.find()))

    def request_code(self, token: str, who: Registrant, *, at: datetime) -> str:
        """Give the six digits that prove an address; send them there, and only there.

        They work once, for ten minutes.  They never come with advertising.
        """
        return self._act(token, at, lambda step: _ownership.send_code(step, who))

    def register(
        self,
        token: str,
        who: Registrant,
        code: str,
        answers: Iterable[ConsentAnswer] = (),
        *,
        at: datetime,
    ) -> str:
        """Make *who*, who got *code*, the owner; give the owner's id.

        *answers* to questions for consent are optional, each for itself.
        """
        return self._act(
            token,
            at,
            lambda step: _ownership.register(step, who, code, answers),
        )

    def offer_transfer(self, token: str, who: Registrant, code: str, *, at: datetime) -> str:
        """Give the owner, who got *code*, a code to pass on: it works once, for seven days."""
        return self._act(token, at, lambda step: _ownership.offer(step, who, code))

    def accept_transfer(
        self,
        token: str,
        passed_on: str,
        who: Registrant,
        code: str,
        answers: Iterable[ConsentAnswer] = (),
        *,
        at: datetime,
    ) -> str:
        """Make *who*, who got *code* and was given *passed_on*, the next owner."""
        return self._act(
            token,
            at,
            lambda step: _ownership.accept(step, passed_on, who, code, answers),
        )

    def revoke(self, warranty_id: str, reason: str, *, at: datetime) -> None:
        """End a certificate.  Write no names into *reason*: the log keeps it."""
        check_aware("at", at)
        with self._store.write() as connection:
            _ownership.find_valid(connection, warranty_id)
            revoke_one(connection, warranty_id, reason, at)

    def revoke_returns(self, orders: Orders, *, at: datetime) -> Revocations:
        """End the certificates of what *orders*, a later file, says was cancelled or returned."""
        check_aware("at", at)
        with self._store.write() as connection:
            return revoke_returned(connection, orders, at)

    def record_service(self, warranty_id: str, work: str, *, at: datetime) -> None:
        """Keep what was done to a piece.  Write no names into *work*: the log keeps it."""
        check_aware("at", at)
        with self._store.write() as connection:
            _ownership.find_valid(connection, warranty_id)
            append(connection, at, "serviced", warranty_id=warranty_id, detail={"work": work})

    def record_answers(
        self, owner_id: str, answers: Iterable[ConsentAnswer], *, at: datetime, source: str
    ) -> None:
        """Keep what an owner answered later: on a page of preferences, to an agent."""
        check_aware("at", at)
        with self._store.write() as connection:
            _ownership.add_answers(connection, owner_id, answers, at, source)

    def erase(self, owner_id: str, *, at: datetime) -> None:
        """Forget an owner: name, address, consents.  Their pieces can be registered anew."""
        check_aware("at", at)
        with self._store.write() as connection:
            connection.execute(delete(CONSENTS).where(CONSENTS.c.owner_id == owner_id))
            theirs = select(CERTIFICATES.c.warranty_id).where(CERTIFICATES.c.owner_id == owner_id)
            connection.execute(delete(CODES).where(CODES.c.warranty_id.in_(theirs)))
            connection.execute(
                update(CERTIFICATES)
                .where(CERTIFICATES.c.owner_id == owner_id)
                .values(owner_id=None, registered_at=None)
            )
            connection.execute(delete(OWNERS).where(OWNERS.c.owner_id == owner_id))
            append(connection, at, "erased", owner_id=owner_id)

    def profiles(self) -> pd.DataFrame:
        """Give a canonical profile for each owner."""
        with self._store.read() as connection:
            return _canonical.read_profiles(connection)

    def contacts(self) -> pd.DataFrame:
        """Give owners as :func:`crmlib.link_identities` takes them, of the channel "warranty"."""
        with self._store.read() as connection:
            return _canonical.read_contacts(connection)

    def consents(self) -> pd.DataFrame:
        """Give the canonical table of what owners answered, with the wording they saw."""
        with self._store.read() as connection:
            return _canonical.read_consents(connection)

    def events(self) -> pd.DataFrame:
        """Give ``warranty_registered`` and ``warranty_transferred`` as canonical events.

        ``sales_channel`` and ``order_id`` say where the piece was sold.
        """
        with self._store.read() as connection:
            return _canonical.read_events(connection)

    def history(self, warranty_id: str | None = None) -> pd.DataFrame:
        """Give the log, of one certificate (its services, too) or of all."""
        with self._store.read() as connection:
            return _canonical.read_history(connection, warranty_id)

    def verify_log(self, known_head: str | None = None) -> LogCheck:
        """Hash the whole log again, and see that it goes on from a *known_head*."""
        with self._store.read() as connection:
            return check_log(connection, known_head)

    def close(self) -> None:
        """Close the database."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _act(self, token: str, at: datetime, act: Callable[[Step], _T]) -> _T:
        """Take a step for whoever has *token*; log why it was refused, if it was.

        A step checks before it writes: a refusal costs no more than a code or a try.
        """
        check_aware("at", at)
        warranty_id = None
        with self._store.write() as connection:
            try:
                facts = read_token(token, self._keys, now=at)
                known = select(CERTIFICATES.c.warranty_id).where(
                    CERTIFICATES.c.warranty_id == facts.warranty_id,
                    CERTIFICATES.c.gtin == facts.gtin,
                    CERTIFICATES.c.serial == facts.serial,
                )
                warranty_id = connection.scalar(known)
                if warranty_id is None:
                    raise Refusal.UNKNOWN.error()
                return act(
                    Step(connection=connection, store=self._store, warranty_id=warranty_id, at=at)
                )
            except WarrantyRefusedError as error:
                refused = error
                append(
                    connection,
                    at,
                    "refused",
                    warranty_id=warranty_id,
                    detail={"reason": refused.reason},
                )
        raise refused
