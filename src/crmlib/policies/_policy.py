"""The law that a campaign is held to."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any, Self

import attrs

from crmlib.exceptions import ConfigError, UnknownNameError
from crmlib.messages import Purpose
from crmlib.policies._policy_rule import PolicyRule
from crmlib.policies._reading import read_jurisdiction

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmlib.policies._duty import Duty
    from crmlib.policies._jurisdiction import Jurisdiction

_FORMAT = "crmlib.policy/1"


@attrs.frozen(kw_only=True)
class Policy:
    """The rules of one or more jurisdictions, all of which a campaign obeys.

    Parameters
    ----------
    parts : tuple of Jurisdiction
        One for each file that was loaded.

    Examples
    --------
    >>> from crmlib import policies
    >>> policy = policies.load("KR", "US")
    >>> policy.jurisdictions
    ('KR', 'US')
    >>> str(policy.rule("email", "advertising").consent)
    'opt-in'
    """

    parts: tuple[Jurisdiction, ...]

    @property
    def jurisdictions(self) -> tuple[str, ...]:
        """The names of the parts."""
        return tuple(part.name for part in self.parts)

    @property
    def duties(self) -> tuple[Duty, ...]:
        """What has to be done by some day: the duties of all parts."""
        return tuple(dict.fromkeys(duty for part in self.parts for duty in part.duties))

    def rule(self, medium: str, purpose: str) -> PolicyRule:
        """Give the strictest rule for *medium* and *purpose*: the union over the parts.

        A part that says nothing of the medium adds nothing, so that a file of
        one's own can add a medium or tighten a single rule.

        Raises
        ------
        UnknownNameError
            If the purpose is none, or no part has a rule for the medium.
        """
        if purpose not in list(Purpose):
            raise UnknownNameError("purpose", purpose, [str(known) for known in Purpose])
        of_purpose = [
            rule for part in self.parts for rule in part.rules if rule.purpose == purpose
        ]
        rules = [rule for rule in of_purpose if rule.medium == medium]
        if not rules:
            known = sorted({rule.medium for rule in of_purpose})
            raise UnknownNameError(f"{purpose} rule for the medium", medium, known)
        return reduce(PolicyRule.union, rules)

    def to_dict(self) -> dict[str, Any]:
        """Give the whole policy, fit for JSON; :meth:`from_dict` reads it back."""
        return {"format": _FORMAT, "parts": [part.to_dict() for part in self.parts]}

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Self:
        """Read back what :meth:`to_dict` gave.

        Raises
        ------
        ConfigError
            If it is something else.
        """
        if given.get("format") != _FORMAT or not isinstance(given.get("parts"), list):
            raise ConfigError(
                "policy", "format", f"is {given.get('format')!r}", f"{_FORMAT!r} can be read"
            )
        return cls(parts=tuple(read_jurisdiction("policy", part) for part in given["parts"]))
