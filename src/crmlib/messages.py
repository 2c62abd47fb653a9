"""Value objects that pass between planning, channels and the ledger."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

import attrs
from attrs import validators

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Decision(StrEnum):
    """What a plan does with a customer."""

    SEND = "send"
    HOLD_OUT = "hold-out"
    HELD = "held"


class Reason(StrEnum):
    """Why a customer gets a message, or not."""

    ALLOWED = "ALLOWED"
    HOLD_OUT = "HOLD_OUT"
    NOT_IN_AUDIENCE = "NOT_IN_AUDIENCE"
    NO_PROFILE = "NO_PROFILE"
    NO_ADDRESS = "NO_ADDRESS"
    INVALID_ADDRESS = "INVALID_ADDRESS"
    DUPLICATE_ADDRESS = "DUPLICATE_ADDRESS"
    ALREADY_SENT = "ALREADY_SENT"
    ALREADY_ENDED = "ALREADY_ENDED"
    SUPPRESSED = "SUPPRESSED"
    NO_CONSENT = "NO_CONSENT"
    NO_NIGHT_CONSENT = "NO_NIGHT_CONSENT"
    QUIET_HOURS = "QUIET_HOURS"
    SENDER_INCOMPLETE = "SENDER_INCOMPLETE"
    NO_MESSAGE = "NO_MESSAGE"
    NO_SEND_TIME = "NO_SEND_TIME"
    HOLIDAY = "HOLIDAY"
    OWN_HOURS = "OWN_HOURS"
    EXPIRED = "EXPIRED"
    FREQUENCY_CAP = "FREQUENCY_CAP"
    TOO_SOON = "TOO_SOON"
    RATE_LIMIT = "RATE_LIMIT"
    NO_EVENT = "NO_EVENT"
    NOT_DUE = "NOT_DUE"
    GOAL_REACHED = "GOAL_REACHED"


REASON_WORDS: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.ALLOWED: "may be written to",
        Reason.HOLD_OUT: "held out at random",
        Reason.NOT_IN_AUDIENCE: "not in the audience",
        Reason.NO_PROFILE: "no profile",
        Reason.NO_ADDRESS: "no address",
        Reason.INVALID_ADDRESS: "address cannot be right",
        Reason.DUPLICATE_ADDRESS: "address of another customer",
        Reason.ALREADY_SENT: "has this message, or may have it",
        Reason.ALREADY_ENDED: "their message ended before, without being taken",
        Reason.SUPPRESSED: "on the suppression list",
        Reason.NO_CONSENT: "no consent",
        Reason.NO_NIGHT_CONSENT: "no consent for the night",
        Reason.QUIET_HOURS: "quiet hours only",
        Reason.SENDER_INCOMPLETE: "sender incomplete",
        Reason.NO_MESSAGE: "no message fits",
        Reason.NO_SEND_TIME: "no permitted moment",
        Reason.HOLIDAY: "holidays only",
        Reason.OWN_HOURS: "quiet hours of their own",
        Reason.EXPIRED: "expired before a permitted moment",
        Reason.FREQUENCY_CAP: "written to often enough",
        Reason.TOO_SOON: "written to a short while ago",
        Reason.RATE_LIMIT: "no room under the provider's rate",
        Reason.NO_EVENT: "no event to answer",
        Reason.NOT_DUE: "not due yet",
        Reason.GOAL_REACHED: "reached the goal already",
    }
)
"""Each reason in a marketer's words."""


class Purpose(StrEnum):
    """What the law asks first: is it an advertisement or not."""

    ADVERTISING = "advertising"
    INFORMATIONAL = "informational"


class TextLimit(StrEnum):
    """How a channel counts a text, and how long it may be.

    :func:`crmlib.text_limits.measure_text` counts by it.
    """

    KOREAN_SMS = "korean-sms"
    """90 bytes of cp949, no subject."""
    KOREAN_LMS = "korean-lms"
    """The same; a longer text is sent as LMS: 2,000 bytes, subject of 40."""
    GSM = "gsm"
    """Segments of GSM-7 or UCS-2, ten at most."""
    ALIMTALK = "alimtalk"
    """1,000 characters, a button of 14, characters of Kakao's templates."""
    BRAND_MESSAGE = "brand-message"
    """1,300 characters, a button of 14."""


MEDIA = ("email", "sms", "kakao", "push", "chat", "whatsapp")
"""The media that the policies of crmlib have rules for; a policy of yours may add others."""


class Outcome(StrEnum):
    """How far a message got, as far as the channel can know."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    RETRY = "retry"
    UNKNOWN = "unknown"


@attrs.frozen(kw_only=True)
class Sender:
    """Who sends: what law and recipient want to see in each advertisement.

    Parameters
    ----------
    name : str
        The business as the recipient knows it.
    email : str
        Where a message comes from and replies go.
    postal_address, phone : str, optional
        Asked for by several laws; see the policy.
    opt_out_phone : str, optional
        A number that costs the caller nothing, such as a Korean 080 number;
        texts to phones end with it.
    opt_out_url : str, optional
        An ``https`` address that holds ``{opt_out_token}`` or
        ``{message_key}``; it must answer a GET with a page and act on a POST
        (RFC 8058), as :mod:`crmlib.web` does.
    """

    name: str = attrs.field(validator=validators.min_len(1))
    email: str = attrs.field(validator=validators.min_len(3))
    postal_address: str | None = None
    phone: str | None = None
    opt_out_phone: str | None = None
    opt_out_url: str | None = attrs.field(
        default=None, validator=validators.optional(validators.matches_re(r"https?://\S+"))
    )


def _is_span(_: object, __: object, span: tuple[int, int]) -> None:
    """Refuse a span that ends before it begins."""
    if not 0 <= span[0] < span[1]:
        raise ValueError(f"schedule_seconds must be (from, to) with 0 <= from < to, got {span}")


def _as_purposes(purposes: Iterable[str]) -> tuple[Purpose, ...]:
    return tuple(map(Purpose, purposes))


@attrs.frozen(kw_only=True)
class Capabilities:
    """What a channel can carry.

    Parameters
    ----------
    medium : str
        What the law sees: one of ``MEDIA``, or another that a policy of yours
        has a rule for.
    address_field : str
        The column of the profiles that holds the address: ``"email"``, ``"phone"``.
    batch_size : int
        Most messages that one call of ``send`` takes.
    subject, html : bool
        Whether a message may have a subject and an HTML part.
    button : bool
        Whether a message may have a button; where not, it is written as a
        link below the text.
    text_limit : TextLimit, optional
        How long a text may be; None: as long as it likes.
    purposes : tuple of Purpose
        What it may be used for; both by default.
    registered_templates : bool
        Whether it sends texts that are registered with the provider, as
        alimtalk; where not, the text is sent as it reads.
    idempotency_seconds : int
        For how long the provider drops a second message with the same key; 0: never.
    look_up : bool
        Whether it can ask the provider what became of a message.
    messages_per_second : float, optional
        The most that the provider takes, where it publishes that.  The ledger
        keeps it where neither the campaign nor ``rates`` name another.
    schedule_seconds : tuple of (int, int), optional
        From and to how many seconds ahead the provider holds a message that
        can be taken back; None: not at all.
    """

    medium: str
    address_field: str
    batch_size: int = attrs.field(default=1, validator=validators.ge(1))
    subject: bool = False
    html: bool = False
    button: bool = False
    text_limit: TextLimit | None = attrs.field(
        default=None, converter=attrs.converters.optional(TextLimit)
    )
    purposes: tuple[Purpose, ...] = attrs.field(
        default=tuple(Purpose), converter=_as_purposes, validator=validators.min_len(1)
    )
    registered_templates: bool = False
    idempotency_seconds: int = attrs.field(default=0, validator=validators.ge(0))
    look_up: bool = False
    messages_per_second: float | None = attrs.field(
        default=None, validator=validators.optional(validators.gt(0))
    )
    schedule_seconds: tuple[int, int] | None = attrs.field(
        default=None, validator=validators.optional(_is_span)
    )


@attrs.frozen(kw_only=True)
class Recipient:
    """One customer at one address.

    Its ``repr`` holds no personal data, so that logs hold none either.
    """

    customer_id: str
    address: str = attrs.field(repr=False, validator=validators.min_len(1))
    name: str | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class Button:
    """A button below a message: what stands on it, and where it leads."""

    label: str = attrs.field(validator=validators.min_len(1))
    url: str = attrs.field(validator=validators.matches_re(r"https?://\S+"))


def _show_names(variables: tuple[tuple[str, str], ...]) -> str:
    return repr(tuple(name for name, _ in variables))


def _are_variables(_: object, __: object, variables: object) -> None:
    """Refuse what are no pairs of texts, or name a variable twice."""
    pairs = variables if isinstance(variables, tuple) else (None,)
    if not all(
        isinstance(pair, tuple) and list(map(type, pair)) == [str, str] and pair[0]
        for pair in pairs
    ):
        raise TypeError("variables must be a tuple of pairs (name, value), both str")
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("variables must name each variable once")


@attrs.frozen(kw_only=True)
class RegisteredTemplate:
    """A text that the provider knows already, and what stands for its variables.

    Its ``repr`` holds no values, so that logs hold no personal data.

    Parameters
    ----------
    code : str
        What the provider calls the text.
    variables : tuple of (str, str)
        Name, without ``#{}``, and value of each variable.

    Examples
    --------
    >>> RegisteredTemplate(code="A1", variables=(("name", "Mina"),))
    RegisteredTemplate(code='A1', variables=('name',))
    """

    code: str = attrs.field(validator=validators.min_len(1))
    variables: tuple[tuple[str, str], ...] = attrs.field(
        repr=_show_names, validator=_are_variables
    )


@attrs.frozen(kw_only=True)
class Message:
    """One message to one recipient, ready to be handed to a channel.

    Parameters
    ----------
    key : str
        Identifies the message for good: the same campaign gives the same
        address the same key, so it serves as idempotency key as well.
    recipient : Recipient
        To whom.
    sender : Sender
        From whom.
    purpose : Purpose
        Advertising or informational.
    body : str
        Plain text.
    subject, html : str, optional
        Where the channel carries them.
    opt_out_url : str, optional
        Where this recipient opts out.
    button : Button, optional
        Where the channel carries one.
    registered_template : RegisteredTemplate, optional
        Where the channel sends texts by their registration; *body* is then
        what the recipient reads.
    """

    key: str = attrs.field(validator=validators.min_len(1))
    recipient: Recipient
    sender: Sender
    purpose: Purpose
    body: str = attrs.field(repr=False, validator=validators.min_len(1))
    subject: str | None = attrs.field(default=None, repr=False)
    html: str | None = attrs.field(default=None, repr=False)
    opt_out_url: str | None = attrs.field(default=None, repr=False)
    button: Button | None = attrs.field(default=None, repr=False)
    registered_template: RegisteredTemplate | None = None


@attrs.frozen(kw_only=True)
class DeliveryReceipt:
    """What became of one message.

    Parameters
    ----------
    key : str
        The key of the message.
    outcome : Outcome
        How far it got.
    provider_id : str, optional
        What the provider calls it.
    detail : str, optional
        Code and words of the provider; no addresses, no secrets.
    retry_after_seconds : float, optional
        How long the provider asked to wait.
    """

    key: str
    outcome: Outcome
    provider_id: str | None = None
    detail: str | None = None
    retry_after_seconds: float | None = None
