"""The mark by which a report finds the message that it is about.

It is the key of the message; with a secret, a signature follows, so that
nobody else can report on messages of ours (as BATV does for return paths).
"""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING, Final

from crmlib.channels._header_key import header_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crmlib.channels._secret import Secret

MARK_HEADER: Final = "X-Crmlib-Key"
_SIGNATURE_DIGITS: Final = 16
_MARK: Final = re.compile(r"([A-Za-z0-9._~-]{1,64})(?:=([0-9a-f]{16}))?")
_IN_LOCAL_PART: Final = re.compile(
    r"(?:^|[^0-9a-z])([0-9a-f]{32}(?:=[0-9a-f]{16})?)(?![0-9a-z])|\+([^+@]+)$"
)


def write_mark(key: str, secret: Secret | None = None) -> str:
    """Give the mark of the message called *key*.

    Examples
    --------
    >>> from crmlib.channels import Secret
    >>> write_mark("5b1f"), write_mark("5b1f", Secret("s3cret"))
    ('5b1f', '5b1f=ccc4704ec7032627')
    """
    plain = header_key(key)
    return plain if secret is None else f"{plain}={_sign(plain, secret)}"


def read_mark(text: str, secret: Secret | None = None) -> str | None:
    """Give the key that *text* marks; None if it is no mark, or not signed with *secret*.

    Examples
    --------
    >>> from crmlib.channels import Secret
    >>> secret = Secret("s3cret")
    >>> read_mark("5b1f=ccc4704ec7032627", secret), read_mark("5b1f", secret)
    ('5b1f', None)
    """
    found = _MARK.fullmatch(text.strip())
    if found is None:
        return None
    key, signature = found.groups()
    if secret is not None and not hmac.compare_digest(signature or "", _sign(key, secret)):
        return None
    return key


def find_mark(texts: Iterable[str], secret: Secret | None = None) -> str | None:
    """Give the key that the first of *texts* marks which marks any."""
    return next((key for text in texts if (key := read_mark(text, secret)) is not None), None)


def marks_in_address(address: str) -> Iterator[str]:
    """Give what may be a mark in the part of *address* before the @.

    Examples
    --------
    >>> list(marks_in_address("bounces+5b1f=ccc4704ec7032627@shop.example"))
    ['5b1f=ccc4704ec7032627']
    """
    local = address.rpartition("@")[0]
    for found in _IN_LOCAL_PART.finditer(local):
        yield found[1] or found[2]


def _sign(key: str, secret: Secret) -> str:
    signature = hmac.digest(secret.reveal().encode(), f"crmlib.mark/1 {key}".encode(), "sha256")
    return signature.hex()[:_SIGNATURE_DIGITS]
