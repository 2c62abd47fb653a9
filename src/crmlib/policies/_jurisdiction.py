"""The rules of one jurisdiction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from datetime import date

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
    """

    name: str
    title: str
    as_of: date
    rules: tuple[PolicyRule, ...]

    def to_dict(self) -> dict[str, Any]:
        """Give what the file says, fit for JSON."""
        citations = (citation for rule in self.rules for citation in rule.citations)
        return {
            "jurisdiction": self.name,
            "title": self.title,
            "as_of": self.as_of.isoformat(),
            "sources": {citation.key: citation.to_dict() for citation in citations},
            "rules": [rule.to_dict() for rule in self.rules],
        }
