"""Who, what, when and how, composed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import attrs

from crmlib.campaigns._campaign_limits import CampaignLimits
from crmlib.campaigns._channel_rates import ChannelRates
from crmlib.campaigns._decide import decide
from crmlib.campaigns._opt_out_links import OptOutLinks
from crmlib.campaigns._parameters import (
    A_NAME,
    MOST_HELD_OUT,
    are_names,
    is_name,
    is_share,
    must,
    must_be,
    to_topic,
    to_tuple,
)
from crmlib.campaigns._sender import is_sender
from crmlib.interfaces import MessagePlanner, Segmenter, TimingModel
from crmlib.messages import Purpose, Sender
from crmlib.opt_out_links import OptOutKeys
from crmlib.policies import Policy
from crmlib.tables import get_zone

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    import pandas as pd

    from crmlib.campaigns._plan import Plan


@attrs.frozen(kw_only=True, eq=False)
class Campaign:
    """Who gets what, when and how: composed here, decided by :meth:`plan`.

    Parameters
    ----------
    name : str
        Letters, digits, spaces, ``.``, ``_`` and ``-``.  A name is one
        campaign for good: an address gets at most one message of it.
    segmenter : Segmenter
        Fitted.
    audience : sequence of str, optional
        The segments to write to; by default all.
    planner : MessagePlanner
        What to write.
    timing : TimingModel
        When; fitted, if it learns.
    channels : sequence of str
        Names of channels, the preferred first: a customer is reached by the
        first for which there are an address and a consent.  An address gets
        nothing if anybody who has it withdrew, and else one message, for the
        one who bought last among those who may be written to.
    policy : Policy
        The law to obey, as :func:`crmlib.policies.load` gives it.
    holdout : float, default=0.10
        Share of those who could be written to that get nothing, at random, to
        measure the effect; from 0 to 0.9.
    sender : Sender, optional
        Without one, or without what the law wants shown, everybody is held
        and the plan says what is missing.  An ``opt_out_url`` must hold
        ``{opt_out_token}``, as the pages of :mod:`crmlib.web` read it, or
        ``{message_key}``, for a page of yours.
    purpose : {"advertising", "informational"}, default="advertising"
        What the law asks first.
    horizon : timedelta, default=7 days
        Messages go from the moment of planning until this much later, and
        never at or after that.
    timezone : str, default="UTC"
        IANA zone of customers whose own is not known.
    locale : str, optional
        Language of customers whose own is not known, such as ``"ko"``.
    topic : str, optional
        What the advertising is about, as the column ``topic`` of the consents
        calls it, such as ``"restock"``: who withdrew from it is held, and a
        consent to it alone is enough.
    limits : CampaignLimits, optional
        Caps over all campaigns, spacing, holidays and what providers take in a minute.
    salt : str, optional
        What the lot of the hold-out is drawn by, the name by default: campaigns
        that share one hold out the same addresses.
    channel_rates : ChannelRates, optional
        Fitted: what is answered most is tried first, in place of the order of
        *channels*.  What the column ``preferred_channels`` of the profiles
        names, channels or media, comes before that in any case.
    opt_out_keys : OptOutKeys, optional
        They sign the ``{opt_out_token}`` of each message.

    Raises
    ------
    InvalidParameterError
        If a parameter has a value that it cannot have, or tokens are to be
        signed and there are no keys.

    Examples
    --------
    >>> import pandas as pd
    >>> from datetime import UTC, datetime
    >>> from crmlib import policies
    >>> from crmlib.campaigns import Campaign
    >>> from crmlib.messages import Sender
    >>> from crmlib.planners import Template, TemplatePlanner
    >>> from crmlib.segmenters import Rule, RuleSegmenter
    >>> from crmlib.timing import FixedTiming
    >>> customers = pd.DataFrame(
    ...     {"recency_days": [3, 200],
    ...      "last_purchase_at": pd.to_datetime(["2026-10-30", "2026-04-14"], utc=True)},
    ...     index=pd.Index(["C1", "C2"], name="customer_id"),
    ... )
    >>> profiles = pd.DataFrame({
    ...     "customer_id": ["C1", "C2"], "name": ["Ann", "Mina"],
    ...     "email": ["ann@example.com", "mina@example.com"], "timezone": ["Asia/Seoul"] * 2,
    ... })
    >>> consents = pd.DataFrame({
    ...     "customer_id": ["C2"], "channel": ["email"], "purpose": ["advertising"],
    ...     "granted": [True], "at": ["2026-01-05T00:00Z"],
    ... })
    >>> segmenter = RuleSegmenter([Rule("Away for long", [("recency_days", ">=", 90)])])
    >>> campaign = Campaign(
    ...     name="winback", segmenter=segmenter.fit(customers), audience=["Away for long"],
    ...     planner=TemplatePlanner(
    ...         {"default": Template(subject="We miss you, {name}", body="Come back!")}
    ...     ),
    ...     timing=FixedTiming(hour=10), channels=["memory"], policy=policies.load("EU"),
    ...     holdout=0,
    ...     sender=Sender(
    ...         name="Shop", email="shop@example.com", postal_address="1 High Street",
    ...         opt_out_url="https://example.com/out/{message_key}",
    ...     ),
    ... )
    >>> plan = campaign.plan(
    ...     customers, profiles=profiles, consents=consents, now=datetime(2026, 11, 2, tzinfo=UTC)
    ... )
    >>> plan.counts()
      decision           reason  customers
    0     send          ALLOWED          1
    1     held  NOT_IN_AUDIENCE          1
    >>> print(plan.explain("C2"))  # doctest: +ELLIPSIS
    C2 gets template 'default' by email (memory) on Monday 2026-11-02 at 10:50 Asia/Seoul.
    Who: segment Away for long.
    What: template 'default' is the default: none is for the segment Away for long.
    When: the campaign wants 10 h.
    How: consent of 2026-01-05 (EU Directive 2002/58/EC (ePrivacy) art. 13(1) ...
    """

    name: str = attrs.field(validator=must(is_name, A_NAME))
    segmenter: Segmenter = attrs.field(validator=must_be(Segmenter))
    planner: MessagePlanner = attrs.field(validator=must_be(MessagePlanner))
    timing: TimingModel = attrs.field(validator=must_be(TimingModel))
    channels: tuple[str, ...] = attrs.field(
        converter=to_tuple, validator=must(are_names, "a list of channel names, each once")
    )
    policy: Policy = attrs.field(validator=must_be(Policy))
    audience: tuple[str, ...] | None = attrs.field(
        default=None,
        converter=to_tuple,
        validator=attrs.validators.optional(must(are_names, "a list of segments, each once")),
    )
    holdout: float = attrs.field(
        default=0.10, validator=must(is_share, f"from 0 to {MOST_HELD_OUT}")
    )
    sender: Sender | None = attrs.field(default=None, validator=is_sender)
    purpose: str = attrs.field(
        default=Purpose.ADVERTISING.value,
        validator=must(
            lambda purpose: purpose in list(Purpose), "'advertising' or 'informational'"
        ),
    )
    horizon: timedelta = attrs.field(
        default=timedelta(days=7),
        validator=must(
            lambda horizon: isinstance(horizon, timedelta) and horizon >= timedelta(hours=2),
            "a timedelta of two hours or more",
        ),
    )
    timezone: str = attrs.field(default="UTC", validator=lambda _, __, name: get_zone(name))
    locale: str | None = None
    topic: str | None = attrs.field(
        default=None,
        converter=attrs.converters.optional(to_topic),
        validator=attrs.validators.optional(must(is_name, A_NAME)),
    )
    limits: CampaignLimits = attrs.field(factory=CampaignLimits, validator=must_be(CampaignLimits))
    salt: str | None = attrs.field(
        default=None, validator=attrs.validators.optional(must(is_name, A_NAME))
    )
    channel_rates: ChannelRates | None = attrs.field(
        default=None, validator=attrs.validators.optional(must_be(ChannelRates))
    )
    opt_out_keys: OptOutKeys | None = attrs.field(
        default=None, repr=False, validator=attrs.validators.optional(must_be(OptOutKeys))
    )

    def __attrs_post_init__(self) -> None:
        if self.sender is not None:
            OptOutLinks.of(self.sender, self.opt_out_keys)

    def plan(
        self,
        customers: pd.DataFrame,
        *,
        profiles: pd.DataFrame,
        consents: pd.DataFrame,
        now: datetime,
        suppressions: Iterable[str] | None = None,
        sends: pd.DataFrame | None = None,
        ended: pd.DataFrame | None = None,
    ) -> Plan:
        """Decide for every customer of *customers*; nothing is sent.

        The same tables, in any order, and the same *now* give the same plan.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            One row per customer, indexed by ``customer_id``, as
            :func:`crmlib.features.summarize_customers` gives it.
        profiles : DataFrame of shape (n_profiles, n_columns)
            As :func:`crmlib.tables.check_profiles` takes it.
        consents : DataFrame of shape (n_events, n_columns)
            As :func:`crmlib.tables.check_consents` takes it.
        now : datetime
            Aware.
        suppressions : iterable of str, optional
            Addresses, in any spelling, that must get nothing.
        sends : DataFrame of shape (n_sends, n_columns), optional
            Messages of other campaigns, for the caps, as
            :func:`crmlib.timing.schedule_within` takes them; rows whose
            ``campaign`` is this one do not count for them, but keep their
            customers to the medium that they name.  Who had this message, or
            may have had it, stays ``send``, so that the hold-out is compared
            with everybody it was drawn from, with the reason ``ALREADY_SENT``;
            :func:`crmlib.delivery.list_sends` names the messages.
        ended : DataFrame of shape (n_messages, 5), optional
            Messages that ended without being taken, as
            :func:`crmlib.delivery.list_ended` gives them.  Those of this
            campaign are not begun anew: who would get one stays ``send``, too,
            with the reason ``ALREADY_ENDED``.

        Returns
        -------
        Plan
            One row for each customer.

        Raises
        ------
        UnknownNameError
            If the audience names a segment, *channels* a channel or a channel
            a medium that there is not.
        InvalidParameterError
            If *now* has no zone or is at the edge of the calendar, an entry of
            *suppressions* is no address, or a channel carries no messages of
            this purpose.
        MissingColumnsError, InvalidTableError
            If a table is not as described.
        """
        return decide(
            self,
            customers,
            profiles=profiles,
            consents=consents,
            now=now,
            suppressions=suppressions,
            sends=sends,
            ended=ended,
        )
