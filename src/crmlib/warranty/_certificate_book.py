"""What the brand does with certificates: issue, revoke, exchange, service."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from crmlib.exceptions import InvalidParameterError
from crmlib.tables import check_aware
from crmlib.warranty._event_log import append
from crmlib.warranty._exchanging import exchange_lines, exchange_one
from crmlib.warranty._gs1 import DigitalLink, check_serial, normalize_gtin
from crmlib.warranty._issuing import issue_new, make_pieces
from crmlib.warranty._ownership import find_valid
from crmlib.warranty._revoking import revoke_one, revoke_returned
from crmlib.warranty._token import TokenFacts, sign_token

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    import pandas as pd

    from crmlib.tables import Orders
    from crmlib.warranty._certificate import Certificate, Piece
    from crmlib.warranty._exchanging import Exchanges
    from crmlib.warranty._key_ring import KeyRing
    from crmlib.warranty._revoking import Revocations
    from crmlib.warranty._store import RegistryStore


class CertificateBook:
    """The part of a registry that the brand writes in."""

    _store: RegistryStore
    _keys: KeyRing
    _domain: str

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
        delivered_at: pd.Series[Any] | None = None,
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
            row = find_valid(connection, warranty_id)
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

    def revoke(self, warranty_id: str, reason: str, *, at: datetime) -> None:
        """End a certificate.  Write no names into *reason*: the log keeps it."""
        check_aware("at", at)
        with self._store.write() as connection:
            find_valid(connection, warranty_id)
            revoke_one(connection, warranty_id, reason, at)

    def revoke_returns(self, orders: Orders, *, at: datetime) -> Revocations:
        """End the certificates of what *orders*, a later file, says was cancelled or returned."""
        check_aware("at", at)
        with self._store.write() as connection:
            return revoke_returned(connection, orders, at)

    def exchange(
        self,
        warranty_id: str,
        *,
        at: datetime,
        gtin: str | None = None,
        serial: str | None = None,
    ) -> Certificate:
        """Revoke the certificate of a piece that was exchanged; give that of the new piece.

        It ends when the old one would have, and has the same owner.  Without
        *gtin* it is for the same product, without *serial* for one that
        nobody can guess.

        Raises
        ------
        WarrantyRefusedError
            If there is no such certificate, or it was revoked.
        InvalidParameterError
            If *gtin* or *serial* cannot be one.
        """
        check_aware("at", at)
        number = None if gtin is None else normalize_gtin(gtin)
        name = None if serial is None else check_serial(serial)
        with self._store.write() as connection:
            return exchange_one(connection, self._store, warranty_id, at, gtin=number, serial=name)

    def exchange_lines(
        self, transactions: pd.DataFrame, statuses: Collection[str], *, at: datetime
    ) -> Exchanges:
        """Exchange what *transactions*, of a later file, has in one of *statuses*.

        For files that keep the line and change its status, such as "교환완료";
        each line is exchanged once, however often the file is read.  Where a
        file books an exchange as a return and a new line, call
        :meth:`revoke_returns` first and :meth:`issue_for_orders` then.
        """
        check_aware("at", at)
        with self._store.write() as connection:
            return exchange_lines(connection, self._store, transactions, statuses, at)

    def record_service(self, warranty_id: str, work: str, *, at: datetime) -> None:
        """Keep what was done to a piece.  Write no names into *work*: the log keeps it."""
        check_aware("at", at)
        with self._store.write() as connection:
            find_valid(connection, warranty_id)
            append(connection, at, "serviced", warranty_id=warranty_id, detail={"work": work})
