"""The text of a notice that the law asks for."""

from __future__ import annotations

from typing import Any, Final

import attrs

NOTICE_FIELDS: Final = ("sender", "contact", "facts", "opt_out_url")
"""What stands in a notice: who sends it, how to reach them, what is told, the way out."""
FACT_FIELDS: Final = ("date", "medium", "what")
"""What stands in a line of the facts: when, for which medium, for what."""


@attrs.frozen(kw_only=True)
class NoticeText:
    """A notice in one language; it holds no advertising.

    Parameters
    ----------
    language : str
        Such as ``"ko"``.
    subject : str
        One line.
    body : str
        It shows ``{sender}``, ``{contact}`` and ``{facts}``, and may show
        ``{opt_out_url}``.
    consent, withdrawal : str
        The line of the facts for each consent, and for each withdrawal, of
        ``{date}``, ``{medium}`` and ``{what}``; None where the duty has none.
    """

    language: str
    subject: str
    body: str
    consent: str | None = None
    withdrawal: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Give the text as it stands in a policy file, without its language."""
        given = attrs.asdict(self)
        return {
            name: text for name, text in given.items() if text is not None and name != "language"
        }
