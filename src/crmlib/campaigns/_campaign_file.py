"""A campaign described in one TOML file."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
from sklearn.base import clone

from crmlib.campaigns._campaign import Campaign
from crmlib.campaigns._campaign_parts import (
    read_opt_out_keys,
    read_segmenter,
    read_sender,
    read_templates,
    read_timing,
    resolve_environment,
)
from crmlib.campaigns._campaign_settings import CampaignSettings, read_settings
from crmlib.campaigns._data_section import CampaignData, read_data
from crmlib.campaigns._ladder import Ladder, LadderStep
from crmlib.campaigns._ladder_section import read_steps
from crmlib.campaigns._limits_file import read_limits
from crmlib.campaigns._linking import PeopleSettings, read_people
from crmlib.campaigns._planner_parts import PlannerSettings, fit_planner, read_planner
from crmlib.channels import list_channels
from crmlib.sections import Section, read_toml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from os import PathLike

    import pandas as pd

    from crmlib.campaigns._campaign_limits import CampaignLimits
    from crmlib.features import EventMeasure
    from crmlib.interfaces import MessagePlanner, Segmenter, TimingModel
    from crmlib.messages import Sender
    from crmlib.opt_out_links import OptOutKeys
    from crmlib.planners import JinjaTemplate, Template


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
    steps : tuple of LadderStep
        ``[[timing.steps]]`` of a trigger.
    limits : CampaignLimits
        ``[limits]``, of the campaign and its steps.
    templates : dict of key to Template
        ``[templates]``, or the catalogue that it names, by the keys of
        :class:`crmlib.planners.TemplatePlanner`: by segment, or what the
        planner has in the place of segments.
    sender : Sender
        ``[sender]``.
    opt_out_keys : OptOutKeys or None
        What its ``opt_out_keys`` names: they sign opt-out links.
    planner : PlannerSettings
        ``[planner]``.
    """

    path: Path
    campaign: CampaignSettings
    data: CampaignData
    people: PeopleSettings | None
    segmenter: Segmenter
    timing: TimingModel
    steps: tuple[LadderStep, ...]
    limits: CampaignLimits
    templates: Mapping[Any, Template | JinjaTemplate]
    sender: Sender
    opt_out_keys: OptOutKeys | None = attrs.field(repr=False)
    planner: PlannerSettings
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
        return tuple(getattr(self.segmenter, "measures", ()))

    def owns(self, name: str) -> bool:
        """Say whether a plan of the campaign *name* was made from this file."""
        own = self.campaign.name
        parts = [step.name for step in self.steps]
        parts += [duty.name for duty in self.campaign.policy.duties]
        return any(name.startswith(f"{own}-{part}-") for part in parts) or name == own

    def make_ladder(self, campaign: Campaign) -> Ladder | None:
        """Give the ladder of :attr:`steps`, if there are any, around *campaign*."""
        if not self.steps:
            return None
        with self._root.owning("timing"):
            return Ladder(campaign=campaign, steps=self.steps)

    def make_campaign(
        self,
        customers: pd.DataFrame,
        transactions: pd.DataFrame,
        zones: pd.Series[str],
        *,
        responses: pd.DataFrame | None = None,
        products: pd.DataFrame | None = None,
        now: datetime | None = None,
        events: pd.DataFrame | None = None,
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
        responses : DataFrame, optional
            What earlier messages brought, as
            :func:`crmlib.tables.check_responses` takes it: learned from by a
            planner that chooses.
        products : DataFrame, optional
            The catalogue of :class:`crmlib.planners.InterestPlanner`.
        now : datetime, optional
            When the messages go out, for what tires customers.
        events : DataFrame of shape (n_events, n_columns), optional
            What a trigger answers, in place of *transactions*.

        Returns
        -------
        Campaign

        Raises
        ------
        ConfigError
            If the segmenter, planner or timing model cannot be fitted, or
            audience or templates name segments that there are not.
        """
        root = self._root
        segmenter = self.fit_segmenter(customers)
        with root.owning("timing"):
            timing = clone(self.timing).fit(
                transactions if events is None else events, zones=zones
            )
        known = list(segmenter.segments_)
        root.table("campaign").check_names(
            "audience", "segment", self.campaign.audience or (), known
        )
        self.planner.check_names(root.table("templates"), self.templates, known)
        planner = fit_planner(
            self.make_planner(products=products, now=now),
            transactions,
            responses,
            section=root.table("planner", {}),
            data_section=root.table("data"),
        )
        settings = attrs.asdict(self.campaign, recurse=False)
        settings.pop("learn_channels")  # from tables that are not at hand here
        return Campaign(
            **settings,
            limits=self.limits,
            segmenter=segmenter,
            planner=planner,
            timing=timing,
            sender=self.sender,
            opt_out_keys=self.opt_out_keys,
            timezone=self.data.timezone,
            locale=self.data.locale,
        )

    def fit_segmenter(self, customers: pd.DataFrame) -> Segmenter:
        """Give the segmenter, fitted on *customers* unless it is a saved model.

        Raises
        ------
        ConfigError
            If it cannot be fitted.
        """
        if hasattr(self.segmenter, "segments_"):
            return self.segmenter
        with self._root.owning("segmenter"):
            segmenter: Segmenter = clone(self.segmenter).fit(customers)
        return segmenter

    def make_planner(
        self, *, products: pd.DataFrame | None = None, now: datetime | None = None
    ) -> MessagePlanner:
        """Give the planner, not fitted; parameters as of :meth:`make_campaign`."""
        timezone = self.data.timezone
        return self.planner.make(self.templates, products=products, timezone=timezone, now=now)


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
    campaign = read_settings(root.table("campaign"), file.parent)
    people = read_people(root, file.parent)
    data = read_data(root.table("data"), file.parent, people=people is not None)
    settings = root.table("channels", {})
    installed = sorted({channel.name for channel in list_channels()})
    for name in settings.keys:
        # tables of channels that this campaign does not use may stay where they are
        settings.check_names(name, "channel", [name], installed)
        settings.table(name)
    templates = read_templates(root.table("templates"), file.parent)
    steps = read_steps(root.table("timing"), file.parent)
    sender = root.table("sender")
    used = {*campaign.channels, *(name for step in steps for name in step.channels or ())}
    spec = CampaignFile(
        path=file,
        campaign=campaign,
        data=data,
        people=people,
        segmenter=read_segmenter(root.table("segmenter"), file.parent),
        timing=read_timing(root.table("timing"), data.timezone),
        steps=steps,
        limits=read_limits(root.table("limits", {}), sorted(used)),
        templates=templates,
        opt_out_keys=read_opt_out_keys(sender, file.parent),
        sender=read_sender(sender),
        planner=read_planner(root, templates, data, campaign.name),
        root=root,
        channels={name: settings.table(name) for name in settings.keys if name in used},
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
