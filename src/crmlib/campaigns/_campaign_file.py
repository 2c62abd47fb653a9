"""A campaign described in one TOML file."""

from __future__ import annotations

from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs
from sklearn.base import clone

from crmlib import policies
from crmlib.campaigns._campaign import Campaign
from crmlib.campaigns._campaign_parts import (
    DEFAULT,
    CampaignData,
    read_data,
    read_segmenter,
    read_sender,
    read_templates,
    read_timing,
    resolve_environment,
)
from crmlib.campaigns._linking import PeopleSettings, read_people
from crmlib.campaigns._parameters import A_NAME, MOST_HELD_OUT, is_name, is_share
from crmlib.channels import list_channels
from crmlib.messages import Purpose, Sender
from crmlib.planners import JinjaTemplate, Template, TemplatePlanner
from crmlib.sections import Section, read_toml
from crmlib.segmenters import RuleSegmenter

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    import pandas as pd

    from crmlib.features import EventMeasure
    from crmlib.interfaces import Segmenter, TimingModel
    from crmlib.policies import Policy

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
    horizon : timedelta
    """

    name: str
    audience: tuple[str, ...] | None
    channels: tuple[str, ...]
    policy: Policy = attrs.field(repr=False)
    holdout: float
    purpose: str
    horizon: timedelta


@attrs.frozen(kw_only=True, eq=False)
class CampaignFile:
    """What :func:`load_campaign` read: every key is known and of the right kind.

    Parameters
    ----------
    path : Path
        The file.
    campaign : CampaignSettings
        ``[campaign]``.
    data : CampaignData
        ``[data]``: paths of files, none of them opened yet.
    people : PeopleSettings or None
        ``[people]``: how accounts become people; None: each is a customer.
    segmenter : Segmenter
        ``[segmenter]``: not fitted, or with what it had learned when its
        ``model`` was saved.
    timing : TimingModel
        ``[timing]``, not fitted.
    templates : dict of key to Template
        ``[templates]``, or the catalogue that it names, by the keys of
        :class:`crmlib.planners.TemplatePlanner`.
    sender : Sender
        ``[sender]``.
    """

    path: Path
    campaign: CampaignSettings
    data: CampaignData
    people: PeopleSettings | None
    segmenter: Segmenter
    timing: TimingModel
    templates: Mapping[Any, Template | JinjaTemplate]
    sender: Sender
    _root: Section = attrs.field(repr=False)
    _channels: Mapping[str, Section] = attrs.field(repr=False)

    @property
    def channels(self) -> dict[str, dict[str, Any]]:
        """Settings of each channel that has a table ``[channels.NAME]``.

        The environment is read now, not when the file was loaded: planning
        needs no passwords.

        Raises
        ------
        ConfigError
            If a variable that a setting names is not set.
        """
        return {name: resolve_environment(section) for name, section in self._channels.items()}

    @property
    def measures(self) -> tuple[EventMeasure, ...]:
        """The measures of events that the rules of the segmenter compare."""
        return self.segmenter.measures if isinstance(self.segmenter, RuleSegmenter) else ()

    def make_campaign(
        self, customers: pd.DataFrame, transactions: pd.DataFrame, zones: pd.Series[str]
    ) -> Campaign:
        """Fit what learns, and compose the campaign.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            With :attr:`measures`; learned from by a segmenter that is no saved model.
        transactions : DataFrame of shape (n_lines, n_columns)
            Learned from by the timing model.
        zones : Series of str
            IANA zone of each customer, indexed by ``customer_id``.

        Returns
        -------
        Campaign

        Raises
        ------
        ConfigError
            If the segmenter or timing model cannot be fitted, or audience or
            templates name segments that there are not.
        """
        root = self._root
        with root.owning("segmenter"):
            segmenter = self.segmenter
            if not hasattr(segmenter, "segments_"):
                segmenter = clone(segmenter).fit(customers)
        with root.owning("timing"):
            timing = clone(self.timing).fit(transactions, zones=zones)
        known = list(segmenter.segments_)
        root.table("campaign").check_names(
            "audience", "segment", self.campaign.audience or (), known
        )
        for key in self.templates:
            segment = key if isinstance(key, str) else key[0]
            root.table("templates").check_names(segment, "segment", [segment], [*known, DEFAULT])
        return Campaign(
            **attrs.asdict(self.campaign, recurse=False),
            segmenter=segmenter,
            planner=TemplatePlanner(self.templates).fit(transactions),
            timing=timing,
            sender=self.sender,
            timezone=self.data.timezone,
        )


def load_campaign(path: str | PathLike[str]) -> CampaignFile:
    """Read a campaign file; :func:`example_campaign` shows one with every key.

    Paths in it are relative to the file.  Nothing but the file is read, and the
    ``model`` of a segmenter that it names: no data, no channel, no environment.

    Raises
    ------
    ConfigError
        If a key is unknown, missing, or has a value that it cannot have; the
        text names the file, the key, the value and what would do.
    UnreadableFileError
        If there is no such file, or it may not be read.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from crmlib.campaigns import example_campaign, load_campaign
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "campaign.toml"
    >>> _ = file.write_text(example_campaign(), encoding="utf-8")
    >>> spec = load_campaign(file)
    >>> spec.campaign.channels, spec.data.orders[0].paths[0].name
    (('smtp',), 'orders.csv')
    """
    file = Path(path)
    root = read_toml(
        file,
        str(path),
        "give the path of a campaign file; `crmlib plan --example` prints one",
    )
    campaign = _read_settings(root.table("campaign"), file.parent)
    people = read_people(root, file.parent)
    data = read_data(root.table("data"), file.parent, people=people is not None)
    settings = root.table("channels", {})
    installed = sorted({channel.name for channel in list_channels()})
    for name in settings.keys:
        # tables of channels that this campaign does not use may stay where they are
        settings.check_names(name, "channel", [name], installed)
        settings.table(name)
    spec = CampaignFile(
        path=file,
        campaign=campaign,
        data=data,
        people=people,
        segmenter=read_segmenter(root.table("segmenter"), file.parent),
        timing=read_timing(root.table("timing"), data.timezone),
        templates=read_templates(root.table("templates"), file.parent),
        sender=read_sender(root.table("sender")),
        root=root,
        channels={
            name: settings.table(name) for name in campaign.channels if name in settings.keys
        },
    )
    root.finish()
    if data.engagements is None and any(measure.is_of_messages for measure in spec.measures):
        raise root.table("data").error(
            "engagements", "is missing", "rules look at messages: name the CSV file of engagements"
        )
    return spec


def example_campaign() -> str:
    """Give an example of a campaign file, to be saved and changed.

    Examples
    --------
    >>> print(example_campaign().splitlines()[0])
    # A campaign: who gets what, when and how.
    """
    source = files("crmlib.campaigns").joinpath("data", "example-campaign.toml")
    return source.read_text(encoding="utf-8")


def _read_settings(section: Section, folder: Path) -> CampaignSettings:
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
    days = section.number("horizon_days", 7)
    if not _SHORTEST_DAYS <= days <= _LONGEST_DAYS:
        raise section.error(
            "horizon_days", f"is {days!r}", f"it must be from {_SHORTEST_DAYS} to {_LONGEST_DAYS}"
        )
    settings = CampaignSettings(
        name=name,
        audience=section.texts("audience", None),
        channels=_read_channels(section),
        policy=policy,
        holdout=holdout,
        purpose=purpose,
        horizon=timedelta(days=days),
    )
    section.finish()
    return settings


def _read_channels(section: Section) -> tuple[str, ...]:
    channels: tuple[str, ...] = section.texts("channels")
    known = sorted({channel.name for channel in list_channels()})
    if not channels or len(set(channels)) < len(channels):
        raise section.error(
            "channels", f"is {list(channels)!r}", f"name one or more, each once, of {known}"
        )
    section.check_names("channels", "channel", channels, known)
    return channels
