"""A report that is not used."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class SetAsideReport:
    """Where something stood that is no report to record, and why it is none.

    Parameters
    ----------
    where : str
        Its place among those that came at once, or its file.
    reason : str
        In a few words, always the same for the same cause.
    """

    where: str
    reason: str
