"""Where a rule comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from datetime import date


@attrs.frozen(kw_only=True)
class Citation:
    """The source of a rule, in a form that a person can look up.

    Parameters
    ----------
    key : str
        Its name in the file that it was read from.
    law : str
        Act and article.
    says : str
        What it says, in crmlib's words.
    verified : bool
        True: read in the text of the law.  False: from a secondary source.
    in_force_since : date, optional
        The first day on which it binds, as far as known.  crmlib applies a
        rule also before that day: the strict reading is the safe one.

    Examples
    --------
    >>> print(Citation(key="night", law="KR Network Act art. 50(3)", says="…", verified=False))
    KR Network Act art. 50(3) (secondary source)
    """

    key: str
    law: str
    says: str
    verified: bool
    in_force_since: date | None = None

    def __str__(self) -> str:
        return self.law if self.verified else f"{self.law} (secondary source)"

    def to_dict(self) -> dict[str, Any]:
        """Give the citation as it stands in a policy file, without its key."""
        given: dict[str, Any] = {"law": self.law, "says": self.says, "verified": self.verified}
        if self.in_force_since is not None:
            given["in_force_since"] = self.in_force_since.isoformat()
        return given
