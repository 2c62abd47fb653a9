"""Signatures of e-mail by its domain (DKIM, RFC 6376)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from crmlib.channels._secret import Secret
from crmlib.exceptions import InvalidParameterError, MissingExtraError

if TYPE_CHECKING:
    import os

    from crmlib.channels._mail import Mail

# what the big mailboxes want to see covered (RFC 8058, 4), if it is there; From twice, so
# that nobody can put another one in front
_SIGNED: Final = [
    *(b"from", b"from", b"to", b"subject", b"date", b"message-id", b"mime-version"),
    *(b"content-type", b"content-transfer-encoding"),
    *(b"list-unsubscribe", b"list-unsubscribe-post"),
]


class KeyUnusableError(Exception):
    """The key file cannot be read or holds no key; the text shows nothing of it."""


class DkimSigner:
    """Sign e-mail with the key of a domain.

    Parameters
    ----------
    selector : str
        The name of the key: its public half is in the DNS at
        ``selector._domainkey.domain``.
    key_file : path
        The private key in PEM, RSA; it is read at the first message.

    Raises
    ------
    InvalidParameterError
        If *selector* is no such name.
    MissingExtraError
        If the extra ``dkim`` is not installed.
    """

    def __init__(self, selector: str, key_file: str | os.PathLike[str]) -> None:
        try:
            import dkim  # noqa: F401, PLC0415 -- an extra
        except ModuleNotFoundError as error:
            raise MissingExtraError("signing e-mail", "dkim") from error
        if not selector.isascii() or not selector.replace("-", "").replace(".", "").isalnum():
            raise InvalidParameterError("dkim_selector", selector, "letters, digits, - and .")
        self._selector = selector.encode("ascii")
        self._key_file = Path(key_file)
        self._key: Secret | None = None

    def sign(self, mail: Mail) -> Mail:
        """Give *mail* with a signature of its sender's domain in front.

        Raises
        ------
        KeyUnusableError
            If the key file cannot be used.
        """
        import dkim  # noqa: PLC0415 -- an extra

        there = {
            line.partition(b":")[0].lower()
            for line in mail.content.partition(b"\r\n\r\n")[0].split(b"\r\n")
        }
        try:
            signature = dkim.sign(
                mail.content,
                self._selector,
                mail.sender.domain.encode("ascii"),
                self._read_key(),
                canonicalize=(b"relaxed", b"relaxed"),
                include_headers=[name for name in _SIGNED if name in there],
            )
        except (OSError, ValueError, dkim.DKIMException) as error:
            raise KeyUnusableError(
                f"dkim_key_file is no usable key ({type(error).__name__})"
            ) from None
        return attrs.evolve(mail, content=signature + mail.content)

    def _read_key(self) -> bytes:
        if self._key is None:
            # one line, as secrets are; the lines of PEM come back below
            text = self._key_file.read_text(encoding="ascii").strip()
            self._key = Secret(text.replace("\r\n", "\n").replace("\n", "|"), "dkim_key_file")
        return self._key.reveal().replace("|", "\n").encode("ascii")
