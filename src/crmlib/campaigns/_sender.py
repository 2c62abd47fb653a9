"""A sender of whom every message can be sent: one bad setting would spoil them all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from crmlib.addresses import normalize_email
from crmlib.campaigns._opt_out_links import fill_longest
from crmlib.exceptions import InvalidAddressError, InvalidParameterError
from crmlib.messages import Sender
from crmlib.safe_text import is_plain_line, is_text

if TYPE_CHECKING:
    import attrs

# a header has at most 998 bytes in a line, and neither of these can be folded
_LONGEST_NAME: Final = 200
_LONGEST_URL: Final = 800
_URL: Final = re.compile(r"https?://[!#-;=?-\[\]_a-zA-Z~]+")


def is_sender(_: object, attribute: attrs.Attribute[Any], sender: Any) -> None:
    """Validate for attrs: None, or a sender that :func:`check_sender` lets pass."""
    if sender is None:
        return
    if not isinstance(sender, Sender):
        raise InvalidParameterError(attribute.name, sender, "a Sender or None")
    check_sender(sender)


def check_sender(sender: Sender) -> None:
    """Refuse *sender* if it would spoil every message of a campaign.

    Raises
    ------
    InvalidParameterError
        Named after the field, such as ``opt_out_url``.
    """
    name, url = sender.name, sender.opt_out_url
    if not (name.strip() and len(name) <= _LONGEST_NAME and is_plain_line(name)):
        raise InvalidParameterError(
            "name", name, f"one line of 1 to {_LONGEST_NAME} characters, without tabs"
        )
    _check_email(sender.email)
    for field in ("postal_address", "phone", "opt_out_phone"):
        text = getattr(sender, field)
        if text is not None and not (isinstance(text, str) and is_text(text)):
            raise InvalidParameterError(field, text, "a text without NUL and half characters")
    if url is not None and not _is_opt_out_url(url):
        raise InvalidParameterError(
            "opt_out_url",
            url,
            "a web address that holds {opt_out_token} or {message_key} and no other field, all in "
            "plain ASCII (hosts in Punycode, xn--…, other letters as %XX), such as "
            "https://your.shop/o/{opt_out_token}",
        )


def _check_email(email: str) -> None:
    problem = "there are blanks around it"
    try:
        if email == email.strip():
            normalize_email(email)
            return
    except InvalidAddressError as error:
        problem = error.problem
    raise InvalidParameterError("email", email, f"an e-mail address ({problem})")


def _is_opt_out_url(url: str) -> bool:
    filled = fill_longest(url)
    if filled is None or len(filled) > _LONGEST_URL or not _URL.fullmatch(filled):
        return False
    try:
        return bool(urlsplit(filled).hostname)
    except ValueError:  # half a pair of brackets
        return False
