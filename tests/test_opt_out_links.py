"""Opt-out links: signed, short, and refused alike whatever is wrong with them."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64decode
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlib.exceptions import InvalidParameterError, UnknownNameError, UnreadableFileError
from crmlib.opt_out_links import TOKEN_LENGTH, OptOutKey, OptOutKeys

if TYPE_CHECKING:
    from pathlib import Path

KEYS = OptOutKeys.generate()
MESSAGE = "6753a407247fc4628a3a1e7a8d1fe35e"
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@given(st.binary(min_size=16, max_size=16))
def test_what_was_signed_is_read_again(raw: bytes) -> None:
    """A token has 44 characters that every program leaves alone, and carries the key."""
    token = KEYS.sign(raw.hex())

    assert len(token) == TOKEN_LENGTH == 44
    assert set(token) <= set(ALPHABET)
    assert KEYS.read(token) == raw.hex()


@pytest.mark.parametrize("place", range(TOKEN_LENGTH))
def test_no_character_can_be_another(place: int) -> None:
    """There is one spelling: each other letter in each place is refused."""
    token = KEYS.sign(MESSAGE)
    others = [letter for letter in ALPHABET if letter != token[place]]

    assert {KEYS.read(token[:place] + letter + token[place + 1 :]) for letter in others} == {None}


@pytest.mark.parametrize(
    "bend",
    [
        pytest.param(lambda token: token[:-1], id="cut"),
        pytest.param(lambda token: token + "A", id="longer"),
        pytest.param(lambda token: token + "\n", id="line end"),
        pytest.param(lambda token: " " + token[1:], id="blank"),
        pytest.param(lambda _: "", id="empty"),
        pytest.param(lambda _: "가" * 44, id="other letters"),
        pytest.param(lambda _: OptOutKeys.generate().sign(MESSAGE), id="other keys"),
    ],
)
def test_what_is_bent_is_refused(bend: object) -> None:
    """Nothing but None comes of it: no reason, no error."""
    assert KEYS.read(bend(KEYS.sign(MESSAGE))) is None


def test_plus_and_slash_are_no_second_spelling() -> None:
    """The other alphabet of base64 would decode to the same bytes."""
    keys = OptOutKeys(keys=(OptOutKey(number=255, secret=b"\xff" * 32),))
    token = keys.sign("ff" * 16)

    assert "_" in token
    assert keys.read(token.replace("_", "/")) is None


def test_the_format_is_as_the_docs_say() -> None:
    """Key number, message key, and half of HMAC-SHA256 over both, by hand."""
    secret = bytes(range(32))
    token = OptOutKeys(keys=(OptOutKey(number=7, secret=secret),)).sign(MESSAGE)
    signed = b"\x07" + bytes.fromhex(MESSAGE)
    mac = hmac.new(secret, b"crmlib opt-out link 1\0" + signed, sha256).digest()

    assert urlsafe_b64decode(token) == signed + mac[:16]


def test_links_outlive_rotations() -> None:
    """The newest key signs, and what earlier ones signed goes on working."""
    rotated = KEYS.rotate().rotate()

    assert [key.number for key in rotated.keys] == [2, 1, 0]
    assert rotated.sign(MESSAGE) != KEYS.sign(MESSAGE)
    assert rotated.read(KEYS.sign(MESSAGE)) == MESSAGE
    assert KEYS.read(rotated.sign(MESSAGE)) is None


def test_a_withdrawn_key_is_refused() -> None:
    """Of a key that leaked nothing is believed any more; a new one signs in its place."""
    rotated = KEYS.rotate()
    without_old, without_new = rotated.withdraw(0), rotated.withdraw(1)

    assert without_old.read(KEYS.sign(MESSAGE)) is None
    assert without_old.read(rotated.sign(MESSAGE)) == MESSAGE
    assert without_new.read(rotated.sign(MESSAGE)) is None
    assert [key.number for key in without_new.keys] == [2, 0]
    with pytest.raises(UnknownNameError, match="no opt-out key '9'"):
        KEYS.withdraw(9)


def test_numbers_run_out() -> None:
    """A link has one byte for them."""
    full = OptOutKeys(keys=tuple(OptOutKey(number=n, secret=bytes(32)) for n in range(256)))

    with pytest.raises(InvalidParameterError, match="fewer than 256"):
        full.rotate()


def test_keys_are_kept_in_a_file_of_their_owner(tmp_path: Path) -> None:
    """They come back as they were, and nobody else may read them."""
    path = tmp_path / "keys.json"
    ring = KEYS.rotate()
    ring.save(path)

    assert OptOutKeys.load(path) == ring
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "content",
    [
        "no JSON",
        "[]",
        "{}",
        '{"opt_out_keys": []}',
        '{"opt_out_keys": [{"number": 0, "secret": "c0ffee"}]}',
        '{"opt_out_keys": [{"number": 256, "secret": "%s"}]}' % ("00" * 32),
        '{"opt_out_keys": [{"number": true, "secret": "%s"}]}' % ("00" * 32),
        '{"opt_out_keys": [{"number": 0, "secret": 7}]}',
    ],
    ids=["text", "list", "none", "empty", "short", "number", "flag", "no-text"],
)
def test_a_file_of_something_else_is_refused(tmp_path: Path, content: str) -> None:
    """The error repeats nothing of the file, since it may hold secrets."""
    path = tmp_path / "keys.json"
    path.write_text(content)

    with pytest.raises(UnreadableFileError, match="no ring of opt-out keys") as caught:
        OptOutKeys.load(path)
    assert "c0ffee" not in str(caught.value)


def test_secrets_are_not_shown() -> None:
    """Neither the ring nor an error tells them."""
    secret = KEYS.keys[0].secret

    assert secret.hex() not in repr(KEYS)
    assert repr(secret) not in repr(KEYS)
    with pytest.raises(InvalidParameterError, match="secret must be 32 bytes, got '…'"):
        OptOutKey(number=0, secret=secret[:-1])


def test_two_keys_of_one_number_are_refused(tmp_path: Path) -> None:
    """A link names its key by the number."""
    with pytest.raises(InvalidParameterError, match="distinct numbers"):
        OptOutKeys(keys=(KEYS.keys[0], KEYS.keys[0]))


def test_only_keys_of_messages_are_signed() -> None:
    """What a campaign makes has 32 hexadecimal digits."""
    with pytest.raises(InvalidParameterError, match="32 hexadecimal digits"):
        KEYS.sign("C1")


def test_derived_secrets_differ_by_purpose() -> None:
    """The secret of forms tells nothing of that of links."""
    made = {KEYS.derive("forms"), KEYS.derive("other"), KEYS.keys[0].secret}

    assert len(made) == 3
    assert json.dumps([len(secret) for secret in made]) == "[32, 32, 32]"
