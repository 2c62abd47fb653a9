"""How the law asks for consent."""

from __future__ import annotations

from enum import StrEnum


class ConsentKind(StrEnum):
    """What must be on record before a message may go.

    ``NONE``: nothing.  ``OPT_OUT``: no objection.  ``OPT_IN``: a consent that
    was not withdrawn.  They are listed from lenient to strict.
    """

    NONE = "none"
    OPT_OUT = "opt-out"
    OPT_IN = "opt-in"

    @property
    def strictness(self) -> int:
        """Place in the order from lenient (0) to strict (2)."""
        return list(type(self)).index(self)
