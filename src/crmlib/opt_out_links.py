"""Links by which a recipient opts out: signed, short, and without a word about people.

The address that ends a campaign's messages leads to a page that acts without
a login, so the link itself must be proof enough.  It carries the key of the
message, by which the ledger finds whom it went to, and a signature.
"""

from __future__ import annotations

import hmac
import json
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import attrs

from crmlib.durability import write_durably
from crmlib.exceptions import InvalidParameterError, UnknownNameError, UnreadableFileError

if TYPE_CHECKING:
    import os

TOKEN_LENGTH: Final = 44
"""Characters of a token, all of them letters, digits, ``-`` and ``_``."""

_KEY: Final = re.compile(r"[0-9a-f]{32}")
_TOKEN: Final = re.compile(rf"[A-Za-z0-9_-]{{{TOKEN_LENGTH}}}")
_TAG_BYTES: Final = 16
_SECRET_BYTES: Final = 32
_MOST_KEYS: Final = 256
_LINK: Final = b"crmlib opt-out link 1\0"
_WAY_OUT: Final = "give the file that OptOutKeys.save wrote"


@attrs.frozen(kw_only=True)
class OptOutKey:
    """One secret that signs links.

    Parameters
    ----------
    number : int
        From 0 to 255; links name it.
    secret : bytes
        32 random bytes.
    """

    number: int = attrs.field()
    secret: bytes = attrs.field(repr=False)

    @number.validator
    def _check_number(self, _: object, number: object) -> None:
        if type(number) is not int or not 0 <= number < _MOST_KEYS:
            raise InvalidParameterError("number", number, "a whole number from 0 to 255")

    @secret.validator
    def _check_secret(self, _: object, secret: object) -> None:
        if not isinstance(secret, bytes) or len(secret) != _SECRET_BYTES:
            raise InvalidParameterError("secret", "…", f"{_SECRET_BYTES} bytes")


@attrs.frozen(kw_only=True)
class OptOutKeys:
    """The secrets of one business: the first signs links, all of them verify.

    Links must work for years, so a key that signs no more is kept.  A ring is
    never changed: :meth:`rotate` and :meth:`withdraw` give a new one.

    Parameters
    ----------
    keys : tuple of OptOutKey
        The newest first.

    Raises
    ------
    InvalidParameterError
        If there is none, or two have one number.

    Examples
    --------
    >>> keys = OptOutKeys.generate()
    >>> token = keys.sign("6753a407247fc4628a3a1e7a8d1fe35e")
    >>> len(token)
    44
    >>> keys.rotate().read(token)
    '6753a407247fc4628a3a1e7a8d1fe35e'
    >>> OptOutKeys.generate().read(token) is None
    True
    """

    keys: tuple[OptOutKey, ...]

    def __attrs_post_init__(self) -> None:
        numbers = [key.number for key in self.keys]
        if not numbers or len(set(numbers)) < len(numbers):
            raise InvalidParameterError("keys", numbers, "one or more keys of distinct numbers")

    @classmethod
    def generate(cls) -> Self:
        """Make a ring with one new key."""
        return cls(keys=(_make_key(0),))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read the ring that :meth:`save` wrote.

        Raises
        ------
        UnreadableFileError
            If it is no such file; the text repeats nothing of it.
        OSError
            If there is none, or it may not be read.
        """
        try:
            content = json.loads(Path(path).read_text(encoding="utf-8"))
            keys = tuple(
                OptOutKey(number=key["number"], secret=bytes.fromhex(key["secret"]))
                for key in content["opt_out_keys"]
            )
            return cls(keys=keys)
        except (ValueError, KeyError, TypeError) as error:
            problem = f"it is no ring of opt-out keys ({type(error).__name__})"
            raise UnreadableFileError(str(path), problem, _WAY_OUT) from None

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the ring to a file that its owner alone may read.

        Raises
        ------
        OSError
            If the folder is missing or the disk is full.
        """
        keys = [{"number": key.number, "secret": key.secret.hex()} for key in self.keys]
        with write_durably(Path(path)) as file:
            file.write(json.dumps({"opt_out_keys": keys}, indent=2).encode("ascii"))

    def rotate(self) -> Self:
        """Give a ring in which a new key signs; links made before go on working.

        Raises
        ------
        InvalidParameterError
            If there are 256 keys already.
        """
        taken = {key.number for key in self.keys}
        free = [number for number in range(_MOST_KEYS) if number not in taken]
        if not free:
            raise InvalidParameterError("keys", len(taken), "fewer than 256, to add one")
        return type(self)(keys=(_make_key(free[0]), *self.keys))

    def withdraw(self, number: int) -> Self:
        """Give a ring that refuses whatever that key has signed, because it leaked.

        Who got such a link cannot opt out by it any more; the page tells them
        whom to write to.  If it is the key that signs, a new one does.

        Raises
        ------
        UnknownNameError
            If there is no such key.
        """
        if number not in {key.number for key in self.keys}:
            known = [str(key.number) for key in self.keys]
            raise UnknownNameError("opt-out key", str(number), known)
        ring = self.rotate() if number == self.keys[0].number else self
        return type(self)(keys=tuple(key for key in ring.keys if key.number != number))

    def sign(self, message_key: str) -> str:
        """Give the token of a message: the same each time, until the keys rotate.

        Raises
        ------
        InvalidParameterError
            If *message_key* is none of a campaign: 32 hexadecimal digits.
        """
        if not _KEY.fullmatch(message_key):
            raise InvalidParameterError("message_key", message_key, "32 hexadecimal digits")
        key = self.keys[0]
        signed = bytes([key.number]) + bytes.fromhex(message_key)
        return urlsafe_b64encode(signed + _tag(key, signed)).decode("ascii")

    def read(self, token: str) -> str | None:
        """Give the message key that *token* carries; None if no key of this ring signed it.

        Why it is refused is not told, so that nobody learns from trying.
        """
        if not _TOKEN.fullmatch(token):
            return None
        raw = urlsafe_b64decode(token)
        signed, tag = raw[:-_TAG_BYTES], raw[-_TAG_BYTES:]
        for key in self.keys:
            if key.number == signed[0] and hmac.compare_digest(_tag(key, signed), tag):
                return signed[1:].hex()
        return None

    def derive(self, purpose: str) -> bytes:
        """Give a secret for another *purpose*, which tells nothing of the keys."""
        return hmac.digest(self.keys[0].secret, f"crmlib {purpose}".encode(), "sha256")


def _make_key(number: int) -> OptOutKey:
    return OptOutKey(number=number, secret=secrets.token_bytes(_SECRET_BYTES))


def _tag(key: OptOutKey, signed: bytes) -> bytes:
    """Sign: HMAC-SHA256, of which half stays, as RFC 2104 allows."""
    return hmac.digest(key.secret, _LINK + signed, "sha256")[:_TAG_BYTES]
