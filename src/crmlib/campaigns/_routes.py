"""The channels of a campaign, each with what it can carry and the rule for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crmlib.channels import load_channel
from crmlib.exceptions import InvalidParameterError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmlib.messages import Capabilities
    from crmlib.policies import Policy, PolicyRule


@attrs.frozen(kw_only=True)
class Route:
    """A channel of the campaign, what it can carry, and the rule for it."""

    channel: str
    capabilities: Capabilities
    rule: PolicyRule


def load_routes(channels: Iterable[str], purpose: str, policy: Policy) -> list[Route]:
    """Load the class of each of *channels*, and find its rule; no channel is opened.

    Raises
    ------
    UnknownNameError
        If there is no such channel, or *policy* has no rule for its medium.
    InvalidParameterError
        If a channel carries no messages of this *purpose*.
    """
    routes = []
    for name in channels:
        capabilities = load_channel(name).capabilities
        if purpose not in capabilities.purposes:
            expected = f"channels that carry {purpose} messages"
            raise InvalidParameterError("channels", name, expected)
        rule = policy.rule(capabilities.medium, purpose)
        routes.append(Route(channel=name, capabilities=capabilities, rule=rule))
    return routes
