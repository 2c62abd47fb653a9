"""Codes that work once, for a while, and not after too many wrong tries."""

from __future__ import annotations

import secrets
from datetime import timedelta
from hmac import compare_digest
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, insert, select, update

from crmlib.warranty._refusal import Refusal
from crmlib.warranty._schema import CODES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from crmlib.warranty._store import RegistryStore

CODE_LIFE: Final = timedelta(minutes=10)
TRANSFER_LIFE: Final = timedelta(days=7)
TRIES: Final = 5
_LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that looks like another


def make_digits() -> str:
    """Give six digits, for somebody to type from a message."""
    return f"{secrets.randbelow(1_000_000):06}"


def make_letters() -> str:
    """Give sixteen letters and digits, for somebody to pass on."""
    return "".join(secrets.choice(_LETTERS) for _ in range(16))


def put_code(
    connection: Connection,
    store: RegistryStore,
    warranty_id: str,
    address: bytes,
    code: str,
    *,
    at: datetime,
    life: timedelta,
) -> None:
    """Let *code* be used once for *life*; an earlier one for the same is void.

    Wrong tries with a code that is not too old yet count for the next, too:
    else asking anew would be a way to guess on.
    """
    here = _place(warranty_id, address)
    earlier = connection.execute(select(CODES).where(here)).one_or_none()
    tries = earlier.tries if earlier is not None and at < earlier.until else 0
    connection.execute(delete(CODES).where(here))
    row = {
        "warranty_id": warranty_id,
        "address_hash": address,
        "code_hash": store.hash("code", warranty_id, code),
        "until": at + life,
        "tries": tries,
    }
    connection.execute(insert(CODES).values(row))


def use_codes(
    connection: Connection,
    store: RegistryStore,
    warranty_id: str,
    codes: Mapping[bytes, str],
    *,
    at: datetime,
) -> None:
    """Take *codes*, by address: all of them, or none, and count a try of the first.

    The first proves an address, and is short; a code that an owner passes on
    is too long to be guessed, and tries of others must not void it.
    """
    here = {address: _place(warranty_id, address) for address in codes}
    for address, code in codes.items():
        found = connection.execute(select(CODES).where(here[address])).one_or_none()
        digest = store.hash("code", warranty_id, code)
        if (
            found is None
            or at >= found.until
            or found.tries >= TRIES
            or not compare_digest(found.code_hash, digest)
        ):
            first = here[next(iter(codes))]
            connection.execute(update(CODES).where(first).values(tries=CODES.c.tries + 1))
            raise Refusal.BAD_CODE.error()
    for place in here.values():
        connection.execute(delete(CODES).where(place))


def _place(warranty_id: str, address: bytes) -> ColumnElement[bool]:
    return (CODES.c.warranty_id == warranty_id) & (CODES.c.address_hash == address)
