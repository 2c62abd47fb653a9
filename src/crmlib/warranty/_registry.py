"""The registry: which certificates there are, whose they are, and all that happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

from sqlalchemy import delete, select, update

from crmlib.exceptions import WarrantyRefusedError
from crmlib.tables import check_aware
from crmlib.warranty import _ownership
from crmlib.warranty._certificate_book import CertificateBook
from crmlib.warranty._event_log import append
from crmlib.warranty._issuing import as_certificate
from crmlib.warranty._ownership import Step
from crmlib.warranty._refusal import Refusal
from crmlib.warranty._registry_tables import RegistryTables
from crmlib.warranty._schema import CERTIFICATES, CODES, CONSENTS, OWNERS
from crmlib.warranty._store import RegistryStore
from crmlib.warranty._token import read_signed, read_token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Connection

    from crmlib.warranty._certificate import Certificate, ConsentAnswer, Registrant
    from crmlib.warranty._key_ring import KeyRing
    from crmlib.warranty._token import TokenFacts

_T = TypeVar("_T")


class WarrantyRegistry(CertificateBook, RegistryTables):
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

    def look(self, token: str) -> Certificate:
        """Give the certificate of *token*, however it stands, and change nothing.

        It is for pages that anybody may open, link scanners too: they ask
        its :meth:`Certificate.state`.

        Raises
        ------
        WarrantyRefusedError
            If the token is none of this registry's: unreadable, altered, of
            another or a withdrawn key, or unknown.  The log does not keep it.
        """
        facts = read_signed(token, self._keys)
        with self._store.read() as connection:
            found = _find(connection, facts)
        if found is None:
            raise Refusal.UNKNOWN.error()
        return as_certificate(found)

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
        """Make *who*, who got *code* and was given *passed_on*, the next owner.

        A second time with the same codes gives the same owner, and changes nothing.
        """
        return self._act(
            token,
            at,
            lambda step: _ownership.accept(step, passed_on, who, code, answers),
        )

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
                found = _find(connection, facts)
                if found is None:
                    raise Refusal.UNKNOWN.error()
                warranty_id = found.warranty_id
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


def _find(connection: Connection, facts: TokenFacts) -> Any:
    """Give the row of the certificate that *facts* are of, or None."""
    return connection.execute(
        select(CERTIFICATES).where(
            CERTIFICATES.c.warranty_id == facts.warranty_id,
            CERTIFICATES.c.gtin == facts.gtin,
            CERTIFICATES.c.serial == facts.serial,
        )
    ).one_or_none()
