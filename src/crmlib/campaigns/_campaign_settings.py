"""The table ``[campaign]`` of a campaign file."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import attrs

from crmlib import policies
from crmlib.campaigns._parameters import A_NAME, MOST_HELD_OUT, is_name, is_share, to_topic
from crmlib.channels import list_channels
from crmlib.messages import Purpose

if TYPE_CHECKING:
    from pathlib import Path

    from crmlib.policies import Policy
    from crmlib.sections import Section

_SHORTEST_DAYS: Final = 0.125
_LONGEST_DAYS: Final = 60


@attrs.frozen(kw_only=True)
class CampaignSettings:
    """The table ``[campaign]``.

    Parameters
    ----------
    name : str
    audience : tuple of str or None
        Segments; None: all.
    channels : tuple of str
        The preferred first.
    policy : Policy
        Loaded.
    holdout : float
    purpose : str
    topic : str or None
        What it is about, for those who choose or refuse that by itself.
    horizon : timedelta
    learn_channels : bool
        Whether what is answered most is tried first.
    """

    name: str
    audience: tuple[str, ...] | None
    channels: tuple[str, ...]
    policy: Policy = attrs.field(repr=False)
    holdout: float
    purpose: str
    topic: str | None
    horizon: timedelta
    learn_channels: bool


def read_settings(section: Section, folder: Path) -> CampaignSettings:
    """Read ``[campaign]``; files of policies are relative to *folder*."""
    name = section.text("name")
    if not is_name(name):
        raise section.error("name", f"is {name!r}", f"it must be {A_NAME}")
    jurisdictions = section.text_or_texts("policy")
    with section.owning("policy"):
        policy = policies.load(
            *(str(folder / each) if each.endswith(".toml") else each for each in jurisdictions)
        )
    holdout = section.number("holdout", 0.1)
    if not is_share(holdout):
        raise section.error("holdout", f"is {holdout!r}", f"it must be from 0 to {MOST_HELD_OUT}")
    purpose = section.text("purpose", Purpose.ADVERTISING.value)
    if purpose not in list(Purpose):
        raise section.error("purpose", f"is {purpose!r}", f"there are {list(map(str, Purpose))}")
    topic = to_topic(section.text("topic", None))
    if topic is not None and not is_name(topic):
        raise section.error("topic", f"is {topic!r}", f"it must be {A_NAME}")
    days = section.number("horizon_days", 7)
    if not _SHORTEST_DAYS <= days <= _LONGEST_DAYS:
        raise section.error(
            "horizon_days", f"is {days!r}", f"it must be from {_SHORTEST_DAYS} to {_LONGEST_DAYS}"
        )
    channels = read_channels(section)
    settings = CampaignSettings(
        name=name,
        audience=section.texts("audience", None),
        channels=channels,
        policy=policy,
        holdout=holdout,
        purpose=purpose,
        topic=topic,
        horizon=timedelta(days=days),
        learn_channels=section.value("learn_channels", "true or false", (bool,), False),
    )
    section.finish()
    return settings


def read_channels(section: Section) -> tuple[str, ...]:
    """Read the names of channels, the preferred first."""
    channels: tuple[str, ...] = section.texts("channels")
    known = sorted({channel.name for channel in list_channels()})
    if not channels or len(set(channels)) < len(channels):
        raise section.error(
            "channels", f"is {list(channels)!r}", f"name one or more, each once, of {known}"
        )
    section.check_names("channels", "channel", channels, known)
    return channels
