"""How often one recipient may be written to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

if TYPE_CHECKING:
    from crmlib.policies._citation import Citation

CALENDAR: Final = ("day", "week", "month")


@attrs.frozen(kw_only=True)
class SendCap:
    """At most so many messages of a medium to one recipient in a calendar period.

    Parameters
    ----------
    most : int
        1 or more.
    per : {"day", "week", "month"}
        Of the calendar in *zone*.
    citations : tuple of Citation
        Where it comes from.
    zone : str, optional
        IANA zone whose days count; None: the recipient's own.
    """

    most: int
    per: str
    citations: tuple[Citation, ...]
    zone: str | None = None

    @property
    def sources(self) -> str:
        """Where it comes from, in one line."""
        return "; ".join(str(citation) for citation in self.citations)

    def to_dict(self) -> dict[str, Any]:
        """Give the cap as it stands in a policy file."""
        sources = [citation.key for citation in self.citations]
        zone = {} if self.zone is None else {"zone": self.zone}
        return {"most": self.most, "per": self.per, "sources": sources, **zone}
