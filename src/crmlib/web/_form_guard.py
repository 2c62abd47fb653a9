"""Proof that a form came from one of our pages: signed, bound to form and link, no cookie."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

_LIFE: Final = timedelta(hours=2)


class FormGuard:
    """Make and check what a form carries.

    Parameters
    ----------
    secret : bytes
        The same in all processes that serve the pages.

    Examples
    --------
    >>> from datetime import UTC, datetime, timedelta
    >>> guard, now = FormGuard(b"secret"), datetime(2026, 11, 28, tzinfo=UTC)
    >>> proof = guard.issue("preferences", "link-1", now)
    >>> guard.accepts(proof, "preferences", "link-1", now + timedelta(hours=1))
    True
    >>> guard.accepts(proof, "preferences", "link-2", now)
    False
    >>> guard.accepts(proof, "preferences", "link-1", now + timedelta(hours=3))
    False
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def issue(self, form: str, subject: str, now: datetime) -> str:
        """Give the proof for a *form* about a *subject*, such as the token of the link."""
        until = str(int((now + _LIFE).timestamp()))
        return f"{until}.{self._sign(until, form, subject)}"

    def accepts(self, proof: str, form: str, subject: str, now: datetime) -> bool:
        """Say whether *proof* is for this form and subject, and not too old."""
        until, _, signature = proof.partition(".")
        expected = self._sign(until, form, subject)
        is_ours = hmac.compare_digest(expected.encode(), signature.encode())
        return is_ours and now.timestamp() <= int(until)

    def _sign(self, until: str, form: str, subject: str) -> str:
        signed = f"{until}\0{form}\0{subject}".encode()
        return urlsafe_b64encode(hmac.digest(self._secret, signed, "sha256")).decode().rstrip("=")
