"""E-mail addresses: one spelling, one mailbox, and whether they can tell who somebody is."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from crmlib.addresses import normalize_email
from crmlib.exceptions import InvalidAddressError

_PLAIN: Final = re.compile(r"([A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*)@([A-Za-z0-9.-]+)")
_LONGEST_LOCAL: Final = 64
_LONGEST: Final = 100
"""Of the short way; the limit of the standard is 254."""

_GMAIL: Final = frozenset({"gmail.com", "googlemail.com"})
_NOBODY: Final = frozenset(
    {
        *("none", "no", "noemail", "no-email", "nomail", "noreply", "no-reply", "donotreply"),
        *("null", "na", "n-a", "unknown", "test", "guest", "email", "anonymous"),
    }
)


def read_email(text: str) -> str | None:
    """Give an e-mail address in one spelling, or None if it is none.

    Plain addresses take a short way, on which each domain is checked once; it
    gives what :func:`crmlib.addresses.normalize_email` gives (a test compares
    the two).

    Examples
    --------
    >>> read_email("Mina.Kim@Example.COM"), read_email("mina at example.com")
    ('mina.kim@example.com', None)
    """
    plain = _PLAIN.fullmatch(text)
    if plain and len(plain[1]) <= _LONGEST_LOCAL and len(text) <= _LONGEST:
        domain = _read_domain(plain[2])
        return None if domain is None else f"{plain[1].lower()}@{domain}"
    try:
        return normalize_email(text)
    except InvalidAddressError:
        return None


@lru_cache(maxsize=1 << 14)
def _read_domain(domain: str) -> str | None:
    """Give the domain as it stands in a normalised address, or None if none can have it."""
    try:
        return normalize_email(f"a@{domain}")[2:]
    except InvalidAddressError:
        return None


def to_mailbox(email: str, *, gmail_dots: bool, plus_tags: bool) -> str:
    """Give the one spelling of all addresses that lead into the mailbox of *email*.

    Parameters
    ----------
    email : str
        A normalised address.
    gmail_dots : bool
        Whether dots in the names of Gmail are left out, as Gmail does.
    plus_tags : bool
        Whether what follows a ``+`` is left out.

    Examples
    --------
    >>> to_mailbox("mina.kim+shop@example.com", gmail_dots=True, plus_tags=True)
    'mina.kim@example.com'
    """
    local, _, domain = email.rpartition("@")
    if plus_tags:
        local = local.partition("+")[0] or local
    if domain in _GMAIL and gmail_dots:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


def is_nobody(email: str) -> bool:
    """Tell whether an address is one that people type when they must type something.

    Examples
    --------
    >>> is_nobody("noreply@example.com"), is_nobody("mina.kim@example.com")
    (True, False)
    """
    return email.partition("@")[0] in _NOBODY
