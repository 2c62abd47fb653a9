"""Tokens of certificates: signed, nameless, and refused when anything is wrong with them."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from joserfc import jws
from joserfc.jwk import OctKey

from crmlib.exceptions import (
    InvalidParameterError,
    MissingExtraError,
    UnknownNameError,
    UnreadableFileError,
    WarrantyRefusedError,
)
from crmlib.warranty import KeyRing, KeyState, Refusal, TokenFacts, read_token, sign_token
from crmlib.warranty._extra import load

ISSUED = datetime(2026, 11, 2, tzinfo=UTC)
NOW = datetime(2027, 1, 1, tzinfo=UTC)
FACTS = TokenFacts(
    warranty_id="x7",
    gtin="9506000134352",
    serial="A-1",
    issued_at=ISSUED,
    expires_at=ISSUED + timedelta(days=730),
)
KEYS = KeyRing.generate()
TOKEN = sign_token(FACTS, KEYS)


def decode(part: str) -> bytes:
    """Read base64url."""
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def encode(content: object) -> str:
    """Write *content* as JSON in base64url."""
    return urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def verify_independently(token: str, jwks: dict[str, list[dict[str, str]]], now: int) -> dict:
    """Verify a token by what docs/warranty.md says of it, with nothing of crmlib or joserfc."""
    header_part, payload_part, signature_part = token.split(".")
    header = json.loads(decode(header_part))
    if header["alg"] != "Ed25519" or header["typ"] != "w1":
        raise ValueError("not a warranty token")
    (key,) = [key for key in jwks["keys"] if key["kid"] == header["kid"]]
    public = Ed25519PublicKey.from_public_bytes(decode(key["x"]))
    public.verify(decode(signature_part), f"{header_part}.{payload_part}".encode())
    claims = json.loads(decode(payload_part))
    if not claims["iat"] <= now < claims["exp"]:
        raise ValueError("not valid now")
    return claims


def refusal(token: object, keys: KeyRing = KEYS, now: datetime = NOW) -> str:
    """Give the reason for which *token* is refused."""
    with pytest.raises(WarrantyRefusedError) as caught:
        read_token(token, keys, now=now)
    assert str(caught.value)
    return caught.value.reason


def test_an_independent_verifier_accepts_our_tokens() -> None:
    """Thirty lines on another library read our tokens, from the published keys alone."""
    claims = verify_independently(TOKEN, KEYS.public_jwks(), int(NOW.timestamp()))

    assert claims == {
        "jti": "x7",
        "gtin": "09506000134352",
        "sn": "A-1",
        "iat": int(ISSUED.timestamp()),
        "exp": int(FACTS.expires_at.timestamp()),
    }
    with pytest.raises(InvalidSignature):
        verify_independently(f"{TOKEN[:-4]}AAAA", KEYS.public_jwks(), int(NOW.timestamp()))


def test_what_was_signed_is_read_and_short_enough_for_a_qr_code() -> None:
    """A round trip gives the same facts; the token has less than 300 characters."""
    assert read_token(TOKEN, KEYS, now=NOW) == FACTS
    assert sign_token(FACTS, KEYS) == TOKEN
    assert len(TOKEN) < 300


def test_no_altered_character_goes_through() -> None:
    """Whichever character is changed, the token is refused: the unused bits of base64 too."""
    for place, letter in enumerate(TOKEN):
        other = "B" if letter == "A" else "A"
        assert refusal(TOKEN[:place] + other + TOKEN[place + 1 :])
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for other in set(last) - {TOKEN[-1]}:
        assert refusal(TOKEN[:-1] + other)


def test_an_altered_serial_is_a_bad_signature() -> None:
    """Claims that were exchanged do not fit the signature."""
    header, payload, signature = TOKEN.split(".")
    altered = encode({**json.loads(decode(payload)), "sn": "A-2"})

    assert refusal(f"{header}.{altered}.{signature}") == Refusal.BAD_SIGNATURE


def test_a_token_of_another_issuer_is_refused() -> None:
    """A key that is not in the ring is unknown; another's signature under our id is bad."""
    other = KeyRing.generate()
    _, payload, signature = sign_token(FACTS, other).split(".")

    assert refusal(sign_token(FACTS, other)) == Refusal.UNKNOWN_KEY
    assert refusal(f"{TOKEN.split('.')[0]}.{payload}.{signature}") == Refusal.BAD_SIGNATURE


@pytest.mark.parametrize("algorithm", ["none", "HS256", "EdDSA"])
def test_only_one_algorithm_is_read(algorithm: str) -> None:
    """Neither "none" nor an HMAC with the public key as its secret is a signature."""
    header = {"alg": algorithm, "kid": KEYS.signing.key_id, "typ": "w1"}
    payload = decode(TOKEN.split(".")[1])
    forged = f"{encode(header)}.{TOKEN.split('.')[1]}."
    if algorithm == "HS256":
        forged = jws.serialize_compact(
            header, payload, OctKey.import_key(KEYS.signing.public), algorithms=["HS256"]
        )

    assert refusal(forged) == Refusal.UNREADABLE


@pytest.mark.parametrize(
    "junk",
    ["", "a", "a.b.c", "....", "é.é.é", "W10.e30.AA", "a" * 5000, None, TOKEN + ".", f" {TOKEN}"],
    ids=["empty", "short", "letters", "dots", "accents", "list", "long", "none", "four", "blank"],
)
def test_junk_is_refused(junk: object) -> None:
    """Whatever comes instead of a token is refused as unreadable, in words."""
    assert refusal(junk) == Refusal.UNREADABLE


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (ISSUED - timedelta(seconds=1), Refusal.NOT_YET_VALID),
        (FACTS.expires_at, Refusal.EXPIRED),
    ],
    ids=["before", "after"],
)
def test_a_token_holds_from_issue_to_expiry(now: datetime, reason: Refusal) -> None:
    """It holds from its first second, and no longer from its last."""
    assert refusal(TOKEN, now=now) == reason
    assert read_token(TOKEN, KEYS, now=ISSUED) == FACTS


def test_keys_rotate_and_old_tokens_stay_good() -> None:
    """After a rotation another key signs, the old one verifies, and its private half is gone."""
    later = KEYS.rotate()

    assert read_token(TOKEN, later, now=NOW) == FACTS
    assert read_token(sign_token(FACTS, later), later, now=NOW) == FACTS
    assert refusal(sign_token(FACTS, later)) == Refusal.UNKNOWN_KEY
    assert later.find(KEYS.signing.key_id).private is None


def test_what_a_withdrawn_key_signed_is_refused() -> None:
    """A leaked key is withdrawn; if it was the one that signs, a new one does."""
    later = KEYS.rotate()
    withdrawn, changed = later.withdraw(KEYS.signing.key_id), KEYS.withdraw(KEYS.signing.key_id)

    assert refusal(TOKEN, withdrawn) == refusal(TOKEN, changed) == Refusal.WITHDRAWN_KEY
    assert withdrawn.signing == later.signing
    assert changed.signing.state is KeyState.SIGNING
    assert [key["kid"] for key in withdrawn.public_jwks()["keys"]] == [later.signing.key_id]
    with pytest.raises(UnknownNameError):
        KEYS.withdraw("no-such-key")


def test_a_ring_survives_its_file(tmp_path: Path) -> None:
    """A saved ring is the same when loaded, and its owner alone may read the file."""
    ring = KEYS.rotate()
    ring.save(tmp_path / "keys.json")

    assert KeyRing.load(tmp_path / "keys.json") == ring
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key, other: {**key, "kid": other["kid"]},
        lambda key, other: {**key, "x": other["x"], "kid": other["kid"]},
        lambda key, other: {**key, "x": "AAAA"},
        lambda key, other: {**key, "state": "verifying"},
        lambda key, other: {**key, "state": "signs"},
        lambda key, other: {},
        lambda key, other: 7,
    ],
    ids=["id", "half", "short", "private", "state", "empty", "number"],
)
def test_a_spoiled_ring_is_refused_without_repeating_it(tmp_path: Path, spoil: object) -> None:
    """A file whose keys do not fit their ids, halves or states is no ring."""
    KEYS.save(tmp_path / "keys.json")
    KeyRing.generate().save(tmp_path / "other.json")
    (key,), (other,) = (
        json.loads((tmp_path / name).read_text())["keys"] for name in ("keys.json", "other.json")
    )
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [spoil(key, other)]}))

    with pytest.raises(UnreadableFileError, match="it is no key ring") as caught:
        KeyRing.load(tmp_path / "keys.json")
    assert KEYS.signing.private not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_ring_has_one_key_that_signs() -> None:
    """Rings without a key, or with one key twice, cannot be."""
    with pytest.raises(InvalidParameterError, match="one key that signs"):
        KeyRing(keys=())
    retired = KEYS.rotate().keys[1]
    with pytest.raises(InvalidParameterError, match="distinct ids"):
        KeyRing(keys=(KEYS.signing, retired))


def test_a_private_half_is_not_shown() -> None:
    """Neither the repr of a ring nor what is published holds the private half."""
    assert KEYS.signing.private not in repr(KEYS)
    assert "d" not in KEYS.public_jwks()["keys"][0]


def test_a_token_ends_after_it_begins() -> None:
    """Facts that expire before they are issued cannot be, nor instants without a zone."""
    with pytest.raises(InvalidParameterError, match="after issued_at"):
        TokenFacts(
            warranty_id="x", gtin="9506000134352", serial="1", issued_at=NOW, expires_at=NOW
        )
    with pytest.raises(InvalidParameterError, match="aware datetime"):
        read_token(TOKEN, KEYS, now=datetime(2027, 1, 1))  # noqa: DTZ001 -- is refused


def test_a_missing_extra_is_named() -> None:
    """Without the packages the error says what to install."""
    with pytest.raises(MissingExtraError, match=r"crmlib\[warranty\]"):
        load("no_such_module")
