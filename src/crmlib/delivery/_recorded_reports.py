"""What came of reports that were recorded."""

from __future__ import annotations

from collections import Counter
from typing import Any, Self

import attrs


@attrs.frozen(kw_only=True)
class RecordedReports:
    """How many reports were recorded, and what they changed.

    Parameters
    ----------
    new : dict of str to int
        Reports that are new, by :class:`crmlib.channels.ReportKind`.
    repeated : int
        Reports that the ledger had already.
    of_no_message : int
        New ones that are about no message that the ledger knows; they count
        for their address, if they name one.
    settled : int
        Messages whose state was not known, or was told by earlier reports,
        and is another now.
    suppressed : int
        Addresses that are not written to any more.
    paused : int
        Addresses that are not written to for a time.
    unproven : int
        New ones by mail that nothing signs, so that anyone can have written
        them; they are among all of the above.

    Examples
    --------
    >>> found = RecordedReports(
    ...     new={"delivered": 2, "hard_bounce": 1}, repeated=1, of_no_message=0,
    ...     settled=1, suppressed=1, paused=0, unproven=0,
    ... )
    >>> print(found.summary())
    3 reports recorded, 1 known already
      delivered        2
      hard_bounce      1
      settled          1   messages that were unknown
      suppressed       1   addresses, for good
    """

    new: dict[str, int]
    repeated: int
    of_no_message: int
    settled: int
    suppressed: int
    paused: int
    unproven: int

    @classmethod
    def nothing(cls) -> Self:
        """Give what comes of no reports."""
        return cls(
            new={}, repeated=0, of_no_message=0, settled=0, suppressed=0, paused=0, unproven=0
        )

    def __add__(self, other: RecordedReports) -> RecordedReports:
        """Give what came of both, of one after the other."""
        mine, theirs = self.to_dict(), other.to_dict()
        kinds = Counter(mine.pop("new")) + Counter(theirs.pop("new"))
        counts = {name: mine[name] + theirs[name] for name in mine}
        return RecordedReports(new=dict(sorted(kinds.items())), **counts)

    def summary(self) -> str:
        """Give one readable screen."""
        total = sum(self.new.values())
        noun = "report" if total == 1 else "reports"
        lines = [f"{total:,} {noun} recorded, {self.repeated:,} known already"]
        rows = {**{kind: (count, "") for kind, count in self.new.items()}, **self._effects()}
        for name, (count, meaning) in rows.items():
            if count:
                lines.append(f"  {name:12}{count:6,}   {meaning}".rstrip())
        return "\n".join(lines)

    def _effects(self) -> dict[str, tuple[int, str]]:
        return {
            "no message": (self.of_no_message, "of none that this ledger knows"),
            "settled": (self.settled, "messages that were unknown"),
            "suppressed": (self.suppressed, "addresses, for good"),
            "paused": (self.paused, "addresses, for a time"),
            "unproven": (self.unproven, "of these by mail that nothing signs"),
        }

    def to_dict(self) -> dict[str, Any]:
        """Give all of it, fit for JSON."""
        return attrs.asdict(self)
