"""One rule: what holds for one medium and one purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pandas as pd

from crmlib.policies._wording import Wording

if TYPE_CHECKING:
    from datetime import datetime

    import numpy.typing as npt

    from crmlib.messages import Purpose, Sender
    from crmlib.policies._citation import Citation
    from crmlib.policies._consent_kind import ConsentKind
    from crmlib.policies._dress import Dress
    from crmlib.policies._quiet_hours import QuietHours
    from crmlib.policies._send_cap import SendCap

# the whole minutes of an hour and its last instant: quiet hours begin and end,
# and clocks change, on whole minutes only
_WITHIN_AN_HOUR = pd.to_timedelta([*(60 * minute for minute in range(60)), 3599.999999], unit="s")


@attrs.frozen(kw_only=True)
class PolicyRule:
    """What the law asks of messages of one purpose on one medium.

    Parameters
    ----------
    jurisdictions : tuple of str
        Whose rule it is; more than one for a union.
    medium : str
        One of ``crmlib.messages.MEDIA``, or another of a file of yours.
    purpose : Purpose
        Advertising or informational.
    consent : ConsentKind
        What must be on record.
    consent_citations : tuple of Citation
        Who says so.
    quiet_hours : tuple of QuietHours
        All of them hold.
    caps : tuple of SendCap
        All of them hold.
    wording : Wording
        Labels and lines.
    """

    jurisdictions: tuple[str, ...]
    medium: str
    purpose: Purpose
    consent: ConsentKind
    consent_citations: tuple[Citation, ...]
    quiet_hours: tuple[QuietHours, ...] = ()
    caps: tuple[SendCap, ...] = ()
    wording: Wording = attrs.field(factory=Wording)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Every source of the rule, once each."""
        hours = (citation for quiet in self.quiet_hours for citation in quiet.citations)
        caps = (citation for cap in self.caps for citation in cap.citations)
        found = (*self.consent_citations, *hours, *caps, *self.wording.citations)
        return tuple(dict.fromkeys(found))

    @property
    def quiet_citations(self) -> tuple[Citation, ...]:
        """The sources of the quiet hours, once each."""
        return tuple(dict.fromkeys(c for quiet in self.quiet_hours for c in quiet.citations))

    def is_quiet(self, at: datetime, timezone: str, night_consent: bool) -> bool:
        """Say whether a message handed over at *at* would come in quiet hours.

        Parameters
        ----------
        at : datetime
            Aware.
        timezone : str
            IANA zone of the recipient.
        night_consent : bool
            Whether the recipient holds a separate consent for the night.

        Raises
        ------
        InvalidParameterError
            If *at* is naive or *timezone* is no zone.

        Examples
        --------
        >>> from datetime import UTC, datetime
        >>> from crmlib import policies
        >>> late = datetime(2026, 11, 2, 13, 0, tzinfo=UTC)  # 22:00 in Seoul
        >>> korea = policies.load("KR")
        >>> korea.rule("sms", "advertising").is_quiet(late, "Asia/Seoul", False)
        True
        >>> korea.rule("email", "advertising").is_quiet(late, "Asia/Seoul", False)
        False
        """
        return bool(self.quiet_hours_at(at, timezone, night_consent))

    def quiet_hours_at(
        self, at: datetime, timezone: str, night_consent: bool
    ) -> tuple[QuietHours, ...]:
        """Give those of the quiet hours in which a message handed over at *at* would come.

        Parameters
        ----------
        at : datetime
            Aware.
        timezone : str
            IANA zone of the recipient.
        night_consent : bool
            Whether the recipient holds a separate consent for the night.

        Raises
        ------
        InvalidParameterError
            If *at* is naive or *timezone* is no zone.

        Examples
        --------
        >>> from datetime import UTC, datetime
        >>> from crmlib import policies
        >>> late = datetime(2026, 11, 2, 13, 0, tzinfo=UTC)  # 22:00 in Seoul
        >>> kakao = policies.load("KR").rule("kakao", "advertising")
        >>> print(*kakao.quiet_hours_at(late, "Asia/Seoul", True))
        20:50 to 08:00 Asia/Seoul
        """
        binding = self._binding(night_consent)
        return tuple(quiet for quiet in binding if quiet.covers(at, timezone))

    def permits_hour(self, slots: pd.DatetimeIndex, night_consent: bool) -> npt.NDArray[np.bool_]:
        """Say of each slot whether the whole hour from its start may be used.

        Parameters
        ----------
        slots : DatetimeIndex of shape (n_slots,)
            Starts of hours, aware, in the recipients' own zone.
        night_consent : bool
            Whether the recipients hold a separate consent for the night.

        Returns
        -------
        ndarray of bool, shape (n_slots,)

        Examples
        --------
        >>> import pandas as pd
        >>> from crmlib import policies
        >>> evening = pd.date_range("2026-11-02 18:00", periods=4, freq="h", tz="Asia/Seoul")
        >>> policies.load("KR").rule("sms", "advertising").permits_hour(evening, False)
        array([ True,  True, False, False])
        """
        binding = self._binding(night_consent)
        if not binding or slots.empty:
            return np.ones(len(slots), dtype=bool)
        offsets = np.tile(_WITHIN_AN_HOUR.to_numpy(), len(slots))
        instants = slots.repeat(len(_WITHIN_AN_HOUR)) + pd.TimedeltaIndex(offsets)
        open_at = np.ones(len(instants), dtype=bool)
        for hours in binding:
            open_at &= ~hours.covers_each(instants)
        permitted: npt.NDArray[np.bool_] = open_at.reshape(len(slots), -1).all(axis=1)  # type: ignore[assignment]  # numpy's stubs think of axis=None
        return permitted

    def _binding(self, night_consent: bool) -> list[QuietHours]:
        return [quiet for quiet in self.quiet_hours if not (quiet.night_consent and night_consent)]

    def missing_sender_fields(self, sender: Sender | None) -> list[str]:
        """Name the fields of *sender* that the law wants shown and that are empty.

        Examples
        --------
        >>> from crmlib import policies
        >>> from crmlib.messages import Sender
        >>> sender = Sender(name="Shop", email="shop@example.com")
        >>> policies.load("US").rule("email", "advertising").missing_sender_fields(sender)
        ['postal_address', 'opt_out_url']
        """
        return self.wording.missing_sender_fields(sender)

    def dress(
        self,
        subject: str | None,
        body: str,
        html: str | None,
        *,
        sender: Sender,
        opt_out_url: str | None,
    ) -> tuple[str | None, str, str | None]:
        """Put the labels and lines that the law wants into a message.

        A message that is dressed already stays as it is, and a label that the
        author wrote is not doubled.

        Parameters
        ----------
        subject, html : str or None
            Of the message, if it has them.
        body : str
            Its plain text.
        sender : Sender
            From whom.
        opt_out_url : str or None
            Where this recipient opts out.

        Returns
        -------
        tuple of (subject, body, html)

        Raises
        ------
        InvalidParameterError
            If *sender* or *opt_out_url* lacks what has to be shown.

        Examples
        --------
        >>> from crmlib import policies
        >>> from crmlib.messages import Sender
        >>> sender = Sender(name="가게", email="shop@example.com", opt_out_phone="0801234567")
        >>> rule = policies.load("KR").rule("sms", "advertising")
        >>> print(rule.dress(None, "오늘만 세일", None, sender=sender, opt_out_url=None)[1])
        (광고)가게
        오늘만 세일
        무료수신거부 0801234567
        """
        return self.tailor(sender).put_on(
            subject=subject, body=body, html=html, opt_out_url=opt_out_url
        )

    def tailor(self, sender: Sender) -> Dress:
        """Make the labels and lines up for *sender*: quicker than :meth:`dress` for many messages.

        Raises
        ------
        InvalidParameterError
            If *sender* lacks what has to be shown.
        """
        return self.wording.tailor(sender)

    def union(self, other: PolicyRule) -> PolicyRule:
        """Give the rule that satisfies both: the stricter consent, all hours, all lines."""
        consent = max(self.consent, other.consent, key=lambda kind: kind.strictness)
        strict = [rule for rule in (self, other) if rule.consent is consent]
        return attrs.evolve(
            self,
            jurisdictions=tuple(dict.fromkeys(self.jurisdictions + other.jurisdictions)),
            consent=consent,
            consent_citations=tuple(
                dict.fromkeys(c for rule in strict for c in rule.consent_citations)
            ),
            quiet_hours=tuple(dict.fromkeys(self.quiet_hours + other.quiet_hours)),
            caps=tuple(dict.fromkeys(self.caps + other.caps)),
            wording=self.wording.union(other.wording),
        )

    def to_dict(self) -> dict[str, Any]:
        """Give the rule as it stands in a policy file."""
        return {
            "media": [self.medium],
            "purpose": str(self.purpose),
            "consent": {
                "kind": str(self.consent),
                "sources": [citation.key for citation in self.consent_citations],
            },
            "quiet_hours": [quiet.to_dict() for quiet in self.quiet_hours],
            "caps": [cap.to_dict() for cap in self.caps],
            "wording": self.wording.to_dict(),
        }
