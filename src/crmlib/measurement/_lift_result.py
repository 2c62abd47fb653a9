"""What a campaign brought, in numbers and in words."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import attrs
import pandas as pd

if TYPE_CHECKING:
    from crmlib.measurement._arm_result import ArmResult
    from crmlib.measurement._estimate import Estimate
    from crmlib.measurement._sample_ratio import SampleRatioCheck

FEW_BUYERS = 10
"""Below this many buyers (or others) in an arm, the normal approximation is rough."""

WHOLE_FROM = 100
"""Money from this amount on is shown without its hundredths."""


@attrs.frozen(kw_only=True)
class LiftResult:
    """The lift of a campaign over its hold-out, by intention to treat.

    Everybody counts in the arm that the plan put them in, whether the message
    arrived or not: only so are the arms alike but for the message.

    Parameters
    ----------
    campaign : str
        Its name.
    window_days : float
        Length of the window after the planned moment in which purchases count.
    alpha : float
        The share of intervals that miss the truth.
    observed_until : datetime or None
        The last instant that the orders cover, aware.
    complete_at : datetime or None
        When the last window is over, aware; None if nobody is in the arms.
    currency : str or None
        Of all money here; None if the orders name none.
    treated, control : ArmResult
        The arm to send to, and the hold-out.
    conversion_difference, spend_difference : Estimate
        Treated less control, for one look planned beforehand; conversion as a
        share (0.04 = 4 points), spend as net money per customer.
    conversion_difference_anytime, spend_difference_anytime : Estimate
        The same with intervals that stay true however often one looks.
    relative_lift : Estimate
        How much higher conversion is, relative to the hold-out (0.5 = half
        as high again).
    sample_ratio : SampleRatioCheck or None
        Sizes of the arms against the planned share; None without hold-out.
    notes : tuple of str
        What a reader must know before trusting the numbers.
    """

    campaign: str
    window_days: float
    alpha: float
    observed_until: datetime | None
    complete_at: datetime | None
    currency: str | None
    treated: ArmResult
    control: ArmResult
    conversion_difference: Estimate
    conversion_difference_anytime: Estimate
    relative_lift: Estimate
    spend_difference: Estimate
    spend_difference_anytime: Estimate
    sample_ratio: SampleRatioCheck | None
    notes: tuple[str, ...]

    @property
    def extra_buyers(self) -> float | None:
        """Buyers among the decided customers sent to, beyond what the hold-out predicts."""
        return _times(self.conversion_difference.value, self.treated.decided)

    @property
    def extra_spend(self) -> float | None:
        """Net money of the decided customers sent to, beyond what the hold-out predicts."""
        return _times(self.spend_difference.value, self.treated.decided)

    @property
    def has_few_buyers(self) -> bool:
        """Whether an arm has fewer buyers than it takes to rule out chance."""
        return min(self.treated.buyers, self.control.buyers) < FEW_BUYERS

    def to_frame(self) -> pd.DataFrame:
        """Give one row per measure.

        Returns
        -------
        DataFrame of shape (3, 9), indexed by ``measure``
            ``treated`` and ``control`` (the arms' own values), ``value``,
            ``low`` and ``high`` (one planned look), ``anytime_low`` and
            ``anytime_high`` (however many looks), ``p_value`` and ``reason``
            (why something is missing).
        """
        rates = (self.treated.conversion, self.control.conversion)
        spend = (self.treated.spend_per_customer, self.control.spend_per_customer)
        rows = [
            _row(rates, self.conversion_difference, self.conversion_difference_anytime),
            _row(rates, self.relative_lift, None),
            _row(spend, self.spend_difference, self.spend_difference_anytime),
        ]
        measures = ["conversion difference", "relative lift", "spend difference per customer"]
        frame = pd.DataFrame(rows, index=pd.Index(measures, name="measure"))
        numbers = [column for column in frame.columns if column != "reason"]
        return frame.astype(dict.fromkeys(numbers, "float64"))

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain JSON: numbers, text, lists and None."""
        plain = attrs.asdict(self, value_serializer=_plain)
        return plain | {"extra_buyers": self.extra_buyers, "extra_spend": self.extra_spend}

    def summary(self) -> str:
        """Say in a few lines what a marketer wants to know.

        Returns
        -------
        str
            Lines on who was compared, on buyers, on money, on whether to
            believe it, and the notes.  While the windows of an arm are open,
            only when they are over.
        """
        notes = [f"Note: {note}." for note in self.notes]
        if self.treated.waits or self.control.waits:
            return "\n".join([self._who(), self._wait(), *notes])
        return "\n".join(
            [
                self._who(),
                self._buyers(),
                *self._money(),
                self._verdict(),
                *notes,
            ]
        )

    def _who(self) -> str:
        accepted = ""
        if self.treated.accepted is not None:
            accepted = f" ({self.treated.accepted:,} messages accepted)"
        return (
            f"{self.campaign}: {self.treated.customers:,} customers to send to{accepted}, "
            f"{self.control.customers:,} held out."
        )

    def _wait(self) -> str:
        assert self.complete_at is not None
        return (
            f"Nothing can be said yet: windows of {self.window_days:g} days are not over in these "
            f"orders; the last is over on {self.complete_at:%Y-%m-%d at %H:%M} UTC."
        )

    def _buyers(self) -> str:
        rate, base = self.treated.conversion, self.control.conversion
        window = f"within {self.window_days:g} days"
        if rate is None:
            return f"Nothing can be said yet on who bought {window}."
        if base is None:
            return f"{rate:.1%} of those sent to bought {window}; nobody to compare them with."
        difference = self.conversion_difference
        assert difference.value is not None
        text = (
            f"{rate:.1%} of those sent to bought {window}, against {base:.1%} of the hold-out: "
            f"{100 * difference.value:+.1f} points"
        )
        if difference.interval is None:
            return f"{text} (no interval: {difference.reason})."
        text += f" {_points(difference.interval)} ({1 - self.alpha:.0%} interval)"
        if self.relative_lift.value is not None and self.control.buyers >= FEW_BUYERS:
            text += f", a lift of {self.relative_lift.value:+.0%}"
        return f"{text}."

    def _money(self) -> list[str]:
        value, interval = self.spend_difference.value, self.spend_difference.interval
        if value is None:
            return []
        unit = f" {self.currency}" if self.currency else ""
        text = f"Net spend per customer: {_amount(value)}{unit}"
        if interval is None:
            return [f"{text} (no interval: {self.spend_difference.reason})."]
        text += f" [{_amount(interval[0])}, {_amount(interval[1])}]; over all sent to, about"
        assert self.extra_buyers is not None
        assert self.extra_spend is not None
        return [f"{text} {self.extra_buyers:+,.0f} buyers and {self.extra_spend:+,.0f}{unit}."]

    def _verdict(self) -> str:
        once, anytime = self.conversion_difference, self.conversion_difference_anytime
        if once.interval is None or anytime.interval is None:
            return f"Whether the campaign made a difference cannot be told: {once.reason}."
        if once.excludes_zero and self.has_few_buyers:
            return (
                f"Too few buyers to tell whether this is chance: {self.treated.buyers:,} of those "
                f"sent to and {self.control.buyers:,} of the hold-out; it takes {FEW_BUYERS} each."
            )
        often = _points(anytime.interval)
        if anytime.excludes_zero:
            return (
                f"Chance does not explain this, however often you look: {often} points even then."
            )
        if once.excludes_zero:
            return (
                "Chance does not explain this if it is your only look; "
                f"for repeated looks it is {often} points, which holds 0."
            )
        return f"This could be chance: the interval holds 0 (for repeated looks: {often} points)."


def _plain(_: type, __: attrs.Attribute[Any], value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _times(value: float | None, customers: int) -> float | None:
    return None if value is None else value * customers


def _points(interval: tuple[float, float]) -> str:
    return f"[{100 * interval[0]:+.1f}, {100 * interval[1]:+.1f}]"


def _amount(money: float) -> str:
    return f"{money:+,.0f}" if abs(money) >= WHOLE_FROM else f"{money:+,.2f}"


def _row(
    arms: tuple[float | None, float | None], once: Estimate, anytime: Estimate | None
) -> dict[str, object]:
    low, high = once.interval or (None, None)
    anytime_low, anytime_high = (anytime.interval if anytime else None) or (None, None)
    return {
        "treated": arms[0],
        "control": arms[1],
        "value": once.value,
        "low": low,
        "high": high,
        "anytime_low": anytime_low,
        "anytime_high": anytime_high,
        "p_value": once.p_value,
        "reason": once.reason,
    }
