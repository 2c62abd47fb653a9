"""E-mail addresses as SMTP wants them."""

from __future__ import annotations

import attrs

from crmlib.exceptions import InvalidAddressError


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
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415 -- 60 ms

    try:
        found = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise InvalidAddressError(field, "it is no e-mail address") from None
    wire = f"{found.local_part}@{found.ascii_domain}"
    return MailAddress(wire=wire, needs_utf8=not wire.isascii())
