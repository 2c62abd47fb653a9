"""Hours of the day in which nothing may arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crmlib.tables import check_aware, get_zone

if TYPE_CHECKING:
    from datetime import datetime, time

    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from crmlib.policies._citation import Citation

MINUTES_PER_DAY = 1440


@attrs.frozen(kw_only=True)
class QuietHours:
    """A stretch of every day, perhaps over midnight, in which nothing may arrive.

    Parameters
    ----------
    start, end : time
        Local time, in whole minutes; the start is quiet, the end is not.
    zone : str or None
        IANA zone of the clock that counts; None: the recipient's.
    night_consent : bool
        Whether a separate consent for the night lifts them.
    margin_minutes : int
        How long before ``start`` the last message may be handed over, since
        arrival counts and carriers queue.
    citations : tuple of Citation
        Where they come from.
    """

    start: time
    end: time
    zone: str | None
    night_consent: bool
    margin_minutes: int
    citations: tuple[Citation, ...]

    def __str__(self) -> str:
        margin = f", from {self.margin_minutes} minutes before" if self.margin_minutes else ""
        lifted = ", without consent for the night" if self.night_consent else ""
        zone = self.zone or "local time of the recipient"
        return f"{self.start:%H:%M} to {self.end:%H:%M} {zone}{margin}{lifted}"

    def covers(self, at: datetime, timezone: str) -> bool:
        """Say whether a message handed over at the instant *at* would come in quiet hours.

        Parameters
        ----------
        at : datetime
            Aware.
        timezone : str
            IANA zone of the recipient.

        Raises
        ------
        InvalidParameterError
            If *at* is naive or *timezone* is no zone.
        """
        local = check_aware("at", at).astimezone(get_zone(self.zone or timezone))
        return bool(self._covers_minute(local.hour * 60 + local.minute))

    def covers_each(self, instants: pd.DatetimeIndex) -> npt.NDArray[np.bool_]:
        """Say the same of each of *instants*, aware and in the recipient's own zone."""
        local = instants if self.zone is None else instants.tz_convert(self.zone)
        minutes = local.hour.to_numpy() * 60 + local.minute.to_numpy()
        covered: npt.NDArray[np.bool_] = self._covers_minute(minutes)
        return covered

    def _covers_minute(self, minute: Any) -> Any:
        """Say whether a minute of the day, or each of an array of them, is quiet."""
        start = self.start.hour * 60 + self.start.minute - self.margin_minutes
        end = self.end.hour * 60 + self.end.minute
        length = (end - start) % MINUTES_PER_DAY
        return (minute - start) % MINUTES_PER_DAY < length

    def to_dict(self) -> dict[str, Any]:
        """Give the hours as they stand in a policy file."""
        given: dict[str, Any] = {
            "start": f"{self.start:%H:%M}",
            "end": f"{self.end:%H:%M}",
            "night_consent": self.night_consent,
            "margin_minutes": self.margin_minutes,
            "sources": [citation.key for citation in self.citations],
        }
        if self.zone is not None:
            given["zone"] = self.zone
        return given
