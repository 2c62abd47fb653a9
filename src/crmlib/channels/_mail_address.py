"""E-mail addresses as SMTP wants them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import attrs

from crmlib.exceptions import InvalidAddressError

# in small letters: of some names email-validator makes them
_PLAIN_MAILBOX: Final = re.compile(
    r"(?=.{1,64}\Z)[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
)
_LONGEST: Final = 254


@attrs.frozen(kw_only=True)
class MailAddress:
    """An address on the wire; its ``repr`` holds no personal data.

    Parameters
    ----------
    wire : str
        The domain in ASCII; the part before it too, unless ``needs_utf8``.
    needs_utf8 : bool
        Whether the server has to know SMTPUTF8 (RFC 6531).
    """

    wire: str = attrs.field(repr=False)
    needs_utf8: bool

    @property
    def domain(self) -> str:
        """The domain in ASCII."""
        return self.wire.rpartition("@")[2]


def read_mail_address(field: str, address: str) -> MailAddress:
    """Read *address*, whose domain may be in any alphabet.

    Raises
    ------
    InvalidAddressError
        If it is no address; the text does not repeat it.
    """
    from email_validator import EmailNotValidError  # noqa: PLC0415 -- 60 ms

    mailbox, _, domain = address.rpartition("@")
    try:
        if _PLAIN_MAILBOX.fullmatch(mailbox):
            wire = f"{mailbox}@{_read_domain(domain)}"
            if len(wire) <= _LONGEST:
                return MailAddress(wire=wire, needs_utf8=False)
        local_part, ascii_domain = _validate(address)
    except EmailNotValidError:
        raise InvalidAddressError(field, "it is no e-mail address") from None
    wire = f"{local_part}@{ascii_domain}"
    return MailAddress(wire=wire, needs_utf8=not wire.isascii())


@lru_cache(maxsize=4096)  # of a million customers most are at a few large mailboxes
def _read_domain(domain: str) -> str:
    """Give *domain* in ASCII."""
    return _validate(f"a@{domain}")[1]


def _validate(address: str) -> tuple[str, str]:
    from email_validator import validate_email  # noqa: PLC0415 -- 60 ms

    found = validate_email(address, check_deliverability=False, test_environment=True)
    return found.local_part, found.ascii_domain
