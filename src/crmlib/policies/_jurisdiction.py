"""The rules of one jurisdiction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crmlib.policies._opt_out_words import OptOutWords

if TYPE_CHECKING:
    from datetime import date

    from crmlib.policies._duty import Duty
    from crmlib.policies._policy_rule import PolicyRule


@attrs.frozen(kw_only=True)
class Jurisdiction:
    """What one policy file says.

    Parameters
    ----------
    name : str
        Short: ``"KR"``.
    title : str
        Which laws it covers.
    as_of : date
        The day whose law it describes.
    rules : tuple of PolicyRule
        At most one for each medium and purpose.
    duties : tuple of Duty
        What has to be done by some day.
    opt_out_words : OptOutWords
        Replies that withdraw consent.
    """

    name: str
    title: str
    as_of: date
    rules: tuple[PolicyRule, ...]
    duties: tuple[Duty, ...] = ()
    opt_out_words: OptOutWords = attrs.field(factory=OptOutWords)

    def to_dict(self) -> dict[str, Any]:
        """Give what the file says, fit for JSON."""
        citations = [
            *(citation for rule in self.rules for citation in rule.citations),
            *(citation for duty in self.duties for citation in duty.citations),
            *self.opt_out_words.citations,
        ]
        given: dict[str, Any] = {
            "jurisdiction": self.name,
            "title": self.title,
            "as_of": self.as_of.isoformat(),
            "sources": {citation.key: citation.to_dict() for citation in citations},
            "rules": [rule.to_dict() for rule in self.rules],
            "duties": [duty.to_dict() for duty in self.duties],
        }
        if self.opt_out_words.citations:
            given["opt_out"] = self.opt_out_words.to_dict()
        return given
