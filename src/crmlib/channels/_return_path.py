"""Where bounces go, and the mark by which they find their message."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from crmlib.channels._mail_address import read_mail_address
from crmlib.channels._message_mark import write_mark
from crmlib.channels._secret import Secret
from crmlib.exceptions import InvalidAddressError, InvalidParameterError

if TYPE_CHECKING:
    from crmlib.channels._mail_address import MailAddress

_FIELD: Final = "{message_key}"
_KEY_DIGITS: Final = 32
_LONGEST_LOCAL_PART: Final = 64  # RFC 5321, 4.5.3.1.1


class ReturnPath:
    """The sender on the envelope, which is where servers send bounces.

    Parameters
    ----------
    address : str, optional
        With ``{message_key}``, an address of its own for each message; None:
        the address of the sender.
    secret : str or Secret, optional
        What signs the marks of messages.

    Raises
    ------
    InvalidParameterError
        If *address* is none, or too long with a key in it.

    Examples
    --------
    >>> ReturnPath("bounces+{message_key}@shop.example").address_of("5b1f").wire
    'bounces+5b1f@shop.example'
    """

    def __init__(self, address: str | None = None, secret: str | Secret | None = None) -> None:
        self._secret = None if secret is None else Secret(secret, "return_path_secret")
        self._template = address
        if address is not None:
            self._check(address)

    def _check(self, address: str) -> None:
        expected = (
            f"an e-mail address, with {_FIELD} before the @ or without it, of at most "
            f"{_LONGEST_LOCAL_PART} characters before the @ with the key in it"
        )
        try:
            filled = self.address_of("0" * _KEY_DIGITS)
        except InvalidAddressError:
            raise InvalidParameterError("return_path", address, expected) from None
        local = filled.wire.rpartition("@")[0] if filled else ""
        if len(local) > _LONGEST_LOCAL_PART or _FIELD in address.rpartition("@")[2]:
            raise InvalidParameterError("return_path", address, expected)

    def mark_of(self, key: str) -> str:
        """Give the mark of the message called *key*."""
        return write_mark(key, self._secret)

    def address_of(self, key: str) -> MailAddress | None:
        """Give where bounces of the message called *key* go; None: to its sender."""
        if self._template is None:
            return None
        if _FIELD not in self._template:
            return _read(self._template)
        short = key if len(key) <= _KEY_DIGITS else _hash(key)
        return _read_anew(self._template.replace(_FIELD, write_mark(short, self._secret)))


def _hash(key: str) -> str:
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _read_anew(address: str) -> MailAddress:
    return read_mail_address("return_path", address)


_read = lru_cache(maxsize=16)(_read_anew)  # a campaign has one
