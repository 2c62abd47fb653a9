"""Hand claimed messages to their channels, and take each answer for what it is worth."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import attrs

from crmlib.channels import require_supported
from crmlib.exceptions import ChannelBrokenError, UnsupportedFeatureError
from crmlib.messages import DeliveryReceipt, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from crmlib.delivery._claims import Claim, ClaimBatch
    from crmlib.delivery._gate import Gate
    from crmlib.delivery._limiter import Limiter
    from crmlib.interfaces import Channel
    from crmlib.messages import Message

_MOST_BREAKDOWNS: Final = 3
_MAIL: Final = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+")


class Courier:
    """Carry claims to their channels.

    What a channel has not declared that it can carry is refused here, before
    anything is on the wire.  A channel that raises, whatever it raises,
    leaves what it had in hand unknown.  When it does so three times in a row
    the courier stops: a broken channel must not make a whole campaign unknown.

    Parameters
    ----------
    channels : mapping of str to Channel
        By the name that the plan uses.
    gate : Gate
        Asked once more before each call, for the hours that begin meanwhile.
    limiter : Limiter
        Asked before each call, how many may go and when.
    clock : callable
        Gives the present instant.
    stop : callable
        Says whether to leave what was not handed over yet.
    """

    def __init__(
        self,
        channels: Mapping[str, Channel],
        gate: Gate,
        limiter: Limiter,
        clock: Callable[[], datetime],
        stop: Callable[[], bool],
    ) -> None:
        self._channels = channels
        self._gate = gate
        self._limiter = limiter
        self._clock = clock
        self._stop = stop
        self._breakdowns = 0

    def carry(self, batch: ClaimBatch, receipts: dict[str, DeliveryReceipt]) -> None:
        """Hand over what may still go of *batch*, and note each answer in *receipts*.

        Whatever is raised on the way, *receipts* is right when this ends: what
        is not in it was never handed over.

        Raises
        ------
        ChannelBrokenError
            If a channel raised three times in a row.
        """
        for name in dict.fromkeys(claim.channel for claim in batch.claims):
            channel = self._channels[name]
            mine = [claim for claim in batch.claims if claim.channel == name]
            receipts.update(_refusals(channel, mine))
            claims = [claim for claim in mine if claim.message.key not in receipts]
            size = self._limiter.limit(name, channel.capabilities.batch_size)
            for start in range(0, len(claims), size):
                chunk = claims[start : start + size]
                if self._stop() or not self._limiter.admit(name, len(chunk)):
                    break
                now = self._clock()
                ready = [claim for claim in chunk if self._may_go(claim, batch.lease_until, now)]
                if ready:
                    self._call(name, ready, receipts)

    def _may_go(self, claim: Claim, lease_until: datetime, now: datetime) -> bool:
        is_in_time = now < lease_until and now < claim.not_after
        return is_in_time and not self._gate.is_quiet(claim.place, now)

    def _call(
        self, name: str, claims: Sequence[Claim], receipts: dict[str, DeliveryReceipt]
    ) -> None:
        messages = [claim.message for claim in claims]
        receipts.update({m.key: _unknown(m.key, "the sender was interrupted") for m in messages})
        try:
            answer = self._channels[name].send(messages)
        except Exception as error:  # a plug-in may raise anything; its text may hold addresses
            kind = type(error).__name__
            receipts.update(
                {m.key: _unknown(m.key, f"the channel raised {kind}") for m in messages}
            )
            self._breakdowns += 1
            if self._breakdowns == _MOST_BREAKDOWNS:
                raise ChannelBrokenError(name, kind) from error
        else:
            self._breakdowns = 0
            matched = match_receipts(messages, answer)
            receipts.update(matched)
            waits = [
                receipt.retry_after_seconds or 0
                for receipt in matched.values()
                if receipt.outcome == Outcome.RETRY
            ]
            if max(waits, default=0) > 0:
                self._limiter.put_off(name, max(waits))


def _refusals(channel: Channel, claims: Sequence[Claim]) -> dict[str, DeliveryReceipt]:
    """Give receipts for those of *claims* that *channel* cannot carry."""
    refusals = {}
    for claim in claims:
        key = claim.message.key
        try:
            require_supported(channel, [claim.message])
        except UnsupportedFeatureError as error:
            # it says nothing of an earlier attempt, which may have been taken
            outcome = Outcome.UNKNOWN if claim.is_replay else Outcome.REJECTED
            refusals[key] = DeliveryReceipt(key=key, outcome=outcome, detail=str(error))
    return refusals


def match_receipts(messages: Sequence[Message], answer: Any) -> dict[str, DeliveryReceipt]:
    """Give one receipt for each message: unknown where *answer* has none, or several."""
    given = [
        _cleaned(receipt)
        for receipt in (answer if isinstance(answer, list | tuple) else ())
        if isinstance(receipt, DeliveryReceipt)
        and isinstance(receipt.key, str)
        and receipt.outcome in list(Outcome)
    ]
    count = Counter(receipt.key for receipt in given)
    by_key = {receipt.key: receipt for receipt in given}
    matched = {}
    for message in messages:
        key = message.key
        if count[key] == 1:
            matched[key] = _without_address(by_key[key], message.recipient.address)
        else:
            matched[key] = _unknown(key, f"the channel gave {count[key]} receipts for it")
    return matched


def _cleaned(receipt: DeliveryReceipt) -> DeliveryReceipt:
    """Bring what a plug-in says to the kinds it promised: nothing in it may stop the books."""
    try:
        wait = float(receipt.retry_after_seconds or 0)
    except (TypeError, ValueError, OverflowError):
        wait = 0.0
    provider_id, detail = _as_text(receipt.provider_id), _as_text(receipt.detail)
    asked = 0 if receipt.retry_after_seconds is None else receipt.retry_after_seconds
    if (receipt.provider_id, receipt.detail, asked) == (provider_id, detail, wait):
        return receipt
    return attrs.evolve(receipt, provider_id=provider_id, detail=detail, retry_after_seconds=wait)


def _as_text(value: object) -> str | None:
    return None if value is None else str(value).encode("utf-8", "replace").decode()


def _without_address(receipt: DeliveryReceipt, address: str) -> DeliveryReceipt:
    """Take addresses out of the words of a provider, who likes to repeat them."""
    provider_id = _blot_out(address, receipt.provider_id)
    detail = _blot_out(address, receipt.detail)
    if detail is not None:
        detail = _MAIL.sub("…", detail)
    if (provider_id, detail) == (receipt.provider_id, receipt.detail):
        return receipt
    return attrs.evolve(receipt, provider_id=provider_id, detail=detail)


def _blot_out(address: str, text: str | None) -> str | None:
    if text is None or address.lower() not in text.lower():
        return text
    return re.sub(re.escape(address), "…", text, flags=re.IGNORECASE)


def _unknown(key: str, detail: str) -> DeliveryReceipt:
    return DeliveryReceipt(key=key, outcome=Outcome.UNKNOWN, detail=detail)
