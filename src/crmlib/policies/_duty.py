"""Something that the law wants done by some day."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from crmlib.policies._citation import Citation
    from crmlib.policies._notice_text import NoticeText

    Days = npt.NDArray[np.datetime64]


class DutyKind(StrEnum):
    """What discharges a duty.

    ``NOTICE``: a message to the customer.  ``STOP``: that whatever sends
    knows of the withdrawal.
    """

    NOTICE = "notice"
    STOP = "stop"


@attrs.frozen(kw_only=True)
class Duty:
    """What has to be done after a consent or a withdrawal, and by when.

    Parameters
    ----------
    jurisdiction : str
        Whose law it is.
    name : str
        Short: ``"result-notice"``.  A notice discharges the duties of all
        jurisdictions that share its name.
    kind : DutyKind
        What discharges it.
    after : tuple of str
        ``"consent"``, ``"withdrawal"``, or both.
    task : str
        What to do, in crmlib's words.
    citations : tuple of Citation
        Where it comes from.
    media : tuple of str, optional
        Where it holds; None: on all.
    days, business_days, years : int, optional
        One of them.  *days* and *business_days* (Monday to Friday, as if
        there were no holidays) count from the event; *years* come again and
        again while the consent holds, and end the day before its anniversary.
    zone : str, optional
        IANA zone in whose days it counts; None: UTC.
    texts : tuple of NoticeText
        The notice, one for each language; the first serves for all others.

    Examples
    --------
    >>> from crmlib import policies
    >>> for duty in policies.load("KR").duties:
    ...     print(duty.name, "|", duty.within, "|", duty.citations[0])
    result-notice | within 14 days | KR Network Act art. 50(7)
    consent-reminder | every 2 years | KR Network Act art. 50(8)
    """

    jurisdiction: str
    name: str
    kind: DutyKind
    after: tuple[str, ...]
    task: str
    citations: tuple[Citation, ...]
    media: tuple[str, ...] | None = None
    days: int | None = None
    business_days: int | None = None
    years: int | None = None
    zone: str | None = None
    texts: tuple[NoticeText, ...] = ()

    @property
    def within(self) -> str:
        """Until when, in words."""
        if self.years is not None:
            return f"every {self.years} years"
        if self.days is not None:
            return f"within {self.days} days"
        return f"within {self.business_days} business days"

    @property
    def sources(self) -> str:
        """Where it comes from, in one line."""
        return "; ".join(str(citation) for citation in self.citations)

    def due_after(self, since: Days, times: npt.NDArray[np.int64] | int = 1) -> Days:
        """Give the last day on which it can be done, for events on the days *since*.

        Parameters
        ----------
        since : ndarray of datetime64[D]
        times : ndarray of int or int, default=1
            The how-manyth time of a duty that comes again.
        """
        if self.years is not None:
            months = since.astype("datetime64[M]")
            to = months + 12 * self.years * np.asarray(times)
            # who consented on 29 February has the anniversary on 28 February
            day = since - months.astype("datetime64[D]")
            longest = (to + 1).astype("datetime64[D]") - to.astype("datetime64[D]")
            last = longest - np.timedelta64(1, "D")
            anniversary: Days = to.astype("datetime64[D]") + np.minimum(day, last)
            return anniversary - np.timedelta64(1, "D")
        if self.days is not None:
            return since + np.timedelta64(self.days, "D")
        return np.busday_offset(since, self.business_days or 0, roll="backward")

    def to_dict(self) -> dict[str, Any]:
        """Give the duty as it stands in a policy file."""
        given: dict[str, Any] = {
            "name": self.name,
            "kind": str(self.kind),
            "after": list(self.after),
            "task": self.task,
            "sources": [citation.key for citation in self.citations],
        }
        terms = {
            "media": None if self.media is None else list(self.media),
            "within_days": self.days,
            "within_business_days": self.business_days,
            "every_years": self.years,
            "zone": self.zone,
        }
        given |= {key: value for key, value in terms.items() if value is not None}
        if self.texts:
            given["texts"] = {text.language: text.to_dict() for text in self.texts}
        return given
