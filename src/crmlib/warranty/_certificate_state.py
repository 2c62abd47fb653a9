"""How a certificate stands at an instant."""

from __future__ import annotations

from enum import StrEnum


class CertificateState(StrEnum):
    """How a certificate stands at an instant.

    Examples
    --------
    >>> [str(state) for state in CertificateState]
    ['pending', 'open', 'registered', 'transferred', 'expired', 'revoked']
    """

    PENDING = "pending"
    """Not valid yet."""
    OPEN = "open"
    """Valid, and nobody's yet."""
    REGISTERED = "registered"
    TRANSFERRED = "transferred"
    """Registered, and no more to its first owner."""
    EXPIRED = "expired"
    REVOKED = "revoked"
