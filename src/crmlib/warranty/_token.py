"""Tokens: what a certificate says of itself, signed, without a word about people."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import attrs

from crmlib.exceptions import InvalidParameterError
from crmlib.tables import check_aware
from crmlib.warranty._extra import load
from crmlib.warranty._gs1 import check_serial, normalize_gtin
from crmlib.warranty._key_ring import KeyState
from crmlib.warranty._refusal import Refusal

if TYPE_CHECKING:
    from crmlib.warranty._key_ring import KeyRing, WarrantyKey

TYPE: Final = "w1"
_ALGORITHM: Final = "Ed25519"
_LONGEST: Final = 1_024


def _whole_second(moment: datetime) -> datetime:
    return check_aware("an instant of a token", moment).astimezone(UTC).replace(microsecond=0)


@attrs.frozen(kw_only=True)
class TokenFacts:
    """All that a token says.

    Parameters
    ----------
    warranty_id : str
        Of the certificate; it means nothing to anybody else.
    gtin : str
        14 digits; shorter ones are padded.
    serial : str
        1 to 20 characters of the GS1 set.
    issued_at, expires_at : datetime
        Aware; kept in whole seconds.

    Examples
    --------
    >>> facts = TokenFacts(
    ...     warranty_id="x7", gtin="9506000134352", serial="A-1",
    ...     issued_at=datetime(2026, 11, 2, tzinfo=UTC),
    ...     expires_at=datetime(2028, 11, 2, tzinfo=UTC),
    ... )
    >>> facts.gtin
    '09506000134352'
    """

    warranty_id: str = attrs.field(validator=attrs.validators.matches_re(r"[A-Za-z0-9_-]{1,40}"))
    gtin: str = attrs.field(converter=normalize_gtin)
    serial: str = attrs.field(converter=check_serial)
    issued_at: datetime = attrs.field(converter=_whole_second)
    expires_at: datetime = attrs.field(converter=_whole_second)

    def __attrs_post_init__(self) -> None:
        if self.expires_at <= self.issued_at:
            raise InvalidParameterError("expires_at", self.expires_at, "after issued_at")


def sign_token(facts: TokenFacts, keys: KeyRing) -> str:
    """Give a signed token (a JWS in compact form, RFC 7515) that says *facts*.

    Signing the same facts with the same key gives the same token.

    Examples
    --------
    >>> from crmlib.warranty import KeyRing
    >>> keys = KeyRing.generate()
    >>> facts = TokenFacts(
    ...     warranty_id="x7", gtin="9506000134352", serial="A-1",
    ...     issued_at=datetime(2026, 11, 2, tzinfo=UTC),
    ...     expires_at=datetime(2028, 11, 2, tzinfo=UTC),
    ... )
    >>> read_token(sign_token(facts, keys), keys, now=datetime(2027, 1, 1, tzinfo=UTC)) == facts
    True
    """
    key = keys.signing
    header = {"alg": _ALGORITHM, "kid": key.key_id, "typ": TYPE}
    claims = {
        "jti": facts.warranty_id,
        "gtin": facts.gtin,
        "sn": facts.serial,
        "iat": int(facts.issued_at.timestamp()),
        "exp": int(facts.expires_at.timestamp()),
    }
    payload = json.dumps(claims, separators=(",", ":")).encode("ascii")
    jws = load("joserfc.jws")
    registry = jws.JWSRegistry(algorithms=[_ALGORITHM])
    signed: str = jws.serialize_compact(header, payload, _as_jose(key), registry=registry)
    return signed


def read_token(token: str, keys: KeyRing, *, now: datetime) -> TokenFacts:
    """Give what *token* says, if one of *keys* signed it and it holds *now*.

    Raises
    ------
    WarrantyRefusedError
        Its ``reason`` is a :class:`Refusal`: unreadable, unknown key,
        withdrawn key, bad signature, not yet valid, or expired.
    InvalidParameterError
        If *now* does not say in which zone it is.
    """
    check_aware("now", now)
    facts = read_signed(token, keys)
    if now < facts.issued_at:
        raise Refusal.NOT_YET_VALID.error()
    if now >= facts.expires_at:
        raise Refusal.EXPIRED.error()
    return facts


def read_signed(token: str, keys: KeyRing) -> TokenFacts:
    """Give what *token* says, whenever that holds."""
    header = _read_header(token)
    key = keys.find(header["kid"])
    if key is None:
        raise Refusal.UNKNOWN_KEY.error()
    if key.state is KeyState.WITHDRAWN:
        raise Refusal.WITHDRAWN_KEY.error()
    jws = load("joserfc.jws")
    jose_error = load("joserfc.errors").JoseError
    try:
        registry = jws.JWSRegistry(algorithms=[_ALGORITHM])
        payload = jws.deserialize_compact(token, _as_jose(key), registry=registry).payload
    except (jose_error, ValueError):
        raise Refusal.BAD_SIGNATURE.error() from None
    return _read_claims(json.loads(payload))


def _read_header(token: str) -> dict[str, Any]:
    """Read the first part of *token*, all of which must be spelled in the one right way."""
    try:
        first, *_ = parts = token.split(".") if len(token) <= _LONGEST else []
        for part in parts:  # unused bits at the end of base64 would give a second spelling
            raw = urlsafe_b64decode(part + "=" * (-len(part) % 4))
            if urlsafe_b64encode(raw).rstrip(b"=").decode() != part:
                raise Refusal.UNREADABLE.error()
        header: dict[str, Any] = json.loads(urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except (ValueError, AttributeError, TypeError, RecursionError):
        raise Refusal.UNREADABLE.error() from None
    expected = {"alg": _ALGORITHM, "kid": "", "typ": TYPE}
    is_ours = isinstance(header, dict) and isinstance(header.get("kid"), str)
    if len(parts) != 3 or not is_ours or {**header, "kid": ""} != expected:  # noqa: PLR2004
        raise Refusal.UNREADABLE.error()
    return header


def _read_claims(claims: dict[str, Any]) -> TokenFacts:
    return TokenFacts(
        warranty_id=claims["jti"],
        gtin=claims["gtin"],
        serial=claims["sn"],
        issued_at=datetime.fromtimestamp(claims["iat"], UTC),
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
    )


@lru_cache(maxsize=64)  # a page verifies with the same key at each request
def _as_jose(key: WarrantyKey) -> Any:
    return load("joserfc.jwk").OKPKey.import_key(key.as_jwk(private=True))
