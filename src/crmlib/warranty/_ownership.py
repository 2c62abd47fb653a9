"""How a piece gets an owner, and another one."""

from __future__ import annotations

import json
import secrets
from datetime import timedelta
from hmac import compare_digest
from typing import TYPE_CHECKING, Any, Final

import attrs
from sqlalchemy import func, insert, select, update

from crmlib.warranty._codes import (
    CODE_LIFE,
    TRANSFER_LIFE,
    make_digits,
    make_letters,
    put_code,
    use_codes,
)
from crmlib.warranty._event_log import append
from crmlib.warranty._refusal import Refusal
from crmlib.warranty._schema import CERTIFICATES, CODES, CONSENTS, EVENTS, OWNERS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from crmlib.warranty._certificate import ConsentAnswer, Registrant
    from crmlib.warranty._store import RegistryStore

REGISTERED: Final = "registered"
TRANSFERRED: Final = "transferred"
CODE_REQUESTED: Final = "code requested"
CODES_PER_HOUR: Final = 10
"""As many codes are made for one certificate, and for one address that uses none of them.

Links of certificates are no way to write to strangers.
"""
_HOUR: Final = timedelta(hours=1)
_NOBODY: Final = b""


@attrs.frozen(kw_only=True)
class Step:
    """A step that somebody takes with the token of a certificate, in one transaction."""

    connection: Connection
    store: RegistryStore
    warranty_id: str
    at: datetime

    def find(self) -> Any:
        """Give the row of the certificate."""
        return find_valid(self.connection, self.warranty_id)

    def take(self, who: Registrant, code: str, passed_on: str | None = None) -> None:
        """Take the code that proves the address of *who*, and that which an owner passed on."""
        codes = {self.hash_of(who): code}
        if passed_on is not None:
            codes[_NOBODY] = passed_on
        use_codes(self.connection, self.store, self.warranty_id, codes, at=self.at)

    def put(self, address: bytes, code: str, life: timedelta) -> None:
        """Let *code* be used once."""
        put_code(
            self.connection, self.store, self.warranty_id, address, code, at=self.at, life=life
        )

    def hash_of(self, who: Registrant) -> bytes:
        """Hash an address with the salt of the registry."""
        return self.store.hash("address", who.field, who.address)

    def log(self, kind: str, owner_id: str | None = None, **detail: str) -> None:
        """Add to the log."""
        append(
            self.connection,
            self.at,
            kind,
            warranty_id=self.warranty_id,
            owner_id=owner_id,
            detail=detail,
        )


def find_valid(connection: Connection, warranty_id: str) -> Any:
    """Give the row of a certificate that was not revoked."""
    found = connection.execute(
        select(CERTIFICATES).where(CERTIFICATES.c.warranty_id == warranty_id)
    ).one_or_none()
    if found is None:
        raise Refusal.UNKNOWN.error()
    if found.revoked_at is not None:
        raise Refusal.REVOKED.error()
    return found


def send_code(step: Step, who: Registrant) -> str:
    """Make the code that proves an address, unless too many were asked for."""
    step.find()
    if max(_count_codes(step, each) for each in _places_to_count(step, who)) >= CODES_PER_HOUR:
        raise Refusal.TOO_MANY_CODES.error()
    code = make_digits()
    step.put(step.hash_of(who), code, CODE_LIFE)
    step.log(CODE_REQUESTED)
    return code


def _places_to_count(step: Step, who: Registrant) -> tuple[ColumnElement[bool], ...]:
    """Give whose codes are counted: of the certificate, and of those where *who* has used none."""
    unused = select(CODES.c.warranty_id).where(
        CODES.c.address_hash == step.hash_of(who), CODES.c.until > step.at - _HOUR
    )
    return EVENTS.c.warranty_id == step.warranty_id, EVENTS.c.warranty_id.in_(unused)


def _count_codes(step: Step, is_counted: ColumnElement[bool]) -> int:
    recent = select(func.count()).where(
        is_counted, EVENTS.c.kind == CODE_REQUESTED, EVENTS.c.at > step.at - _HOUR
    )
    return step.connection.execute(recent).scalar_one()


def register(step: Step, who: Registrant, code: str, answers: Iterable[ConsentAnswer]) -> str:
    """Make *who* the first owner."""
    if step.find().owner_id is not None:
        raise Refusal.REGISTERED.error()
    step.take(who, code)
    return _hand_over(step, who, answers, REGISTERED)


def offer(step: Step, who: Registrant, code: str) -> str:
    """Make the code that the owner passes on."""
    certificate = step.find()
    owner_id = _find_owner(step, who)
    if owner_id is None or certificate.owner_id != owner_id:
        raise Refusal.NOT_REGISTERED.error()
    step.take(who, code)
    passed_on = make_letters()
    step.put(_NOBODY, passed_on, TRANSFER_LIFE)
    step.log("transfer offered", owner_id)
    return passed_on


def accept(
    step: Step, passed_on: str, who: Registrant, code: str, answers: Iterable[ConsentAnswer]
) -> str:
    """Make *who* the next owner; with the codes that made the owner, give the owner again.

    The log keeps the hash of both codes together, of which one is too long to
    be guessed: so who presses twice is known, and nobody else learns anything.
    """
    owner_id: str | None = step.find().owner_id
    if owner_id is None:
        raise Refusal.NOT_REGISTERED.error()
    codes = step.store.hash("transfer", step.warranty_id, who.address, code, passed_on).hex()
    if _was_made_by(step, codes):
        return owner_id
    step.take(who, code, passed_on)
    return _hand_over(step, who, answers, TRANSFERRED, codes=codes)


def _was_made_by(step: Step, codes: str) -> bool:
    """Say whether the last transfer of the certificate took *codes*."""
    last = (
        select(EVENTS.c.detail)
        .where(EVENTS.c.warranty_id == step.warranty_id, EVENTS.c.kind == TRANSFERRED)
        .order_by(EVENTS.c.number.desc())
        .limit(1)
    )
    detail = json.loads(step.connection.scalar(last) or "{}")
    return compare_digest(detail.get("codes", ""), codes)


def add_answers(
    connection: Connection,
    owner_id: str,
    answers: Iterable[ConsentAnswer],
    at: datetime,
    source: str,
) -> None:
    """Keep what somebody answered, a row per question."""
    for answer in answers:
        row = {
            "owner_id": owner_id,
            "channel": answer.channel,
            "purpose": answer.purpose,
            "granted": answer.granted,
            "at": at,
            "source": source,
            "wording": answer.wording,
        }
        said = {name: str(row[name]) for name in ("channel", "purpose", "wording")}
        kind = "consent granted" if answer.granted else "consent refused"
        row["event_number"] = append(connection, at, kind, owner_id=owner_id, detail=said)
        connection.execute(insert(CONSENTS).values(row))


def _hand_over(
    step: Step, who: Registrant, answers: Iterable[ConsentAnswer], kind: str, **detail: str
) -> str:
    owner_id = _meet_owner(step, who)
    changed = {"owner_id": owner_id, "registered_at": step.at}
    if kind == TRANSFERRED:
        changed["transfers"] = CERTIFICATES.c.transfers + 1
    elif who.order_id is not None:
        changed["named_order_id"] = who.order_id
    step.connection.execute(
        update(CERTIFICATES).where(CERTIFICATES.c.warranty_id == step.warranty_id).values(changed)
    )
    step.log(kind, owner_id, **detail)
    add_answers(step.connection, owner_id, answers, step.at, "warranty registration")
    return owner_id


def _find_owner(step: Step, who: Registrant) -> str | None:
    is_theirs = OWNERS.c.address_hash == step.hash_of(who)
    return step.connection.scalar(select(OWNERS.c.owner_id).where(is_theirs))


def _meet_owner(step: Step, who: Registrant) -> str:
    """Give the id of *who*, a new one at the first meeting; keep what was said last."""
    said = {name: text for name in ("name", "locale") if (text := getattr(who, name)) is not None}
    known = _find_owner(step, who)
    if known is not None:
        change = update(OWNERS).where(OWNERS.c.owner_id == known)
        step.connection.execute(change.values(last_seen_at=step.at, **said))
        return known
    owner_id = f"W{secrets.token_hex(10)}"
    row = {
        "owner_id": owner_id,
        "address_hash": step.hash_of(who),
        "field": who.field,
        "address": who.address,
        "first_seen_at": step.at,
        "last_seen_at": step.at,
        **said,
    }
    step.connection.execute(insert(OWNERS).values(row))
    return owner_id
