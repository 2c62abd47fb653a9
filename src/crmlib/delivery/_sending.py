"""Hand claimed messages to their channels, and take each answer for what it is worth."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import attrs

from crmlib.channels import require_supported
from crmlib.exceptions import ChannelBrokenError, UnsupportedFeatureError
from crmlib.messages import DeliveryReceipt, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from crmlib.delivery._claims import Claim, ClaimBatch
    from crmlib.delivery._gate import Gate
    from crmlib.delivery._limiter import Limiter
    from crmlib.interfaces import Channel
    from crmlib.messages import Message

_MOST_BREAKDOWNS: Final = 3
_MOST_PUT_OFF: Final = 10
_REST_SECONDS: Final = 60.0
_SECONDS_IN_HAND: Final = 5.0
"""Who opts out while a message waits in hand for its turn is not asked again."""
_SHORTEST_SECONDS: Final = 1e-6
_LONGEST_IN_HAND: Final = timedelta(seconds=2 * _SECONDS_IN_HAND)
_FIRST_IN_HAND: Final = 10.0
"""How many are tried first, as nobody knows yet how fast they go."""
_MAIL: Final = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+")


class Courier:
    """Carry claims to their channel.

    What the channel has not declared that it can carry is refused here,
    before anything is on the wire.  When it raises, whatever it raises, what
    it had in hand is unknown.  When it does so three times in a row the
    courier stops: a broken channel must not make a whole campaign unknown.
    When it puts off ten messages in a row without saying for how long, nobody
    hands it anything for a minute: a server that is down must not use up the
    attempts of a whole campaign.  What is still in hand after ten seconds
    goes back, and next time less is taken; the first time it is ten messages.

    Parameters
    ----------
    channel : Channel
    name : str
        What the plan calls it.
    gate : Gate
        Asked once more before each call, for the hours that begin meanwhile.
    limiter : Limiter
        Asked before each call, how many may go and when.
    turn : context manager
        Taken for each call, as lanes may share one channel.
    clock : callable
        Gives the present instant.
    stop : callable
        Says whether to leave what was not handed over yet.
    """

    def __init__(
        self,
        channel: Channel,
        *,
        name: str,
        gate: Gate,
        limiter: Limiter,
        turn: AbstractContextManager[object],
        clock: Callable[[], datetime],
        stop: Callable[[], bool],
    ) -> None:
        self._channel = channel
        self._name = name
        self._gate = gate
        self._limiter = limiter
        self._turn = turn
        self._clock = clock
        self._stop = stop
        self._breakdowns = 0
        self._put_off = 0
        self._most_in_hand = _FIRST_IN_HAND

    @property
    def room(self) -> float:
        """How many to claim: what was handed over in five seconds of late, at least one.

        0 where nothing can be handed over for longer than is waited for here.
        """
        if self._limiter.is_resting:
            return 0
        return min(self._most_in_hand, self._limiter.most_in(_SECONDS_IN_HAND))

    def carry(self, batch: ClaimBatch, receipts: dict[str, DeliveryReceipt]) -> None:
        """Hand over what may still go of *batch*, and note each answer in *receipts*.

        Whatever is raised on the way, *receipts* is right when this ends: what
        is not in it was never handed over.

        Raises
        ------
        ChannelBrokenError
            If the channel raised three times in a row.
        """
        receipts.update(_refusals(self._channel, batch.claims))
        claims = [claim for claim in batch.claims if claim.message.key not in receipts]
        size = self._limiter.limit(self._channel.capabilities.batch_size)
        begun = self._clock()
        done = 0
        for start in range(0, len(claims), size):
            if self._stop() or self._clock() - begun >= _LONGEST_IN_HAND:
                break
            chunk = claims[start : start + size]
            with self._turn, self._limiter.admitted(len(chunk)) as may_go:
                if not may_go:
                    break
                now = self._clock()
                ready = [claim for claim in chunk if self._may_go(claim, batch.lease_until, now)]
                answers = self._call(ready, receipts) if ready else []
            self._heed(answers)
            done += len(ready)
        self._learn_pace(done, self._clock() - begun)

    def _may_go(self, claim: Claim, lease_until: datetime, now: datetime) -> bool:
        is_in_time = now < lease_until and now < claim.not_after
        return is_in_time and not self._gate.is_quiet(claim.place, now)

    def _call(
        self, claims: Sequence[Claim], receipts: dict[str, DeliveryReceipt]
    ) -> list[DeliveryReceipt]:
        """Hand over *claims*, and give the answers besides noting them."""
        messages = [claim.message for claim in claims]
        receipts.update({m.key: _unknown(m.key, "the sender was interrupted") for m in messages})
        try:
            answer = self._channel.send(messages)
        except Exception as error:  # a plug-in may raise anything; its text may hold addresses
            kind = type(error).__name__
            receipts.update(
                {m.key: _unknown(m.key, f"the channel raised {kind}") for m in messages}
            )
            self._breakdowns += 1
            if self._breakdowns == _MOST_BREAKDOWNS:
                raise ChannelBrokenError(self._name, kind) from error
            return []
        self._breakdowns = 0
        matched = match_receipts(messages, answer)
        receipts.update(matched)
        return list(matched.values())

    def _learn_pace(self, count: int, lasted: timedelta) -> None:
        if not count or lasted < timedelta(0):  # by a clock that was put back
            return
        seconds = max(lasted.total_seconds(), _SHORTEST_SECONDS)
        self._most_in_hand = max(1.0, count * _SECONDS_IN_HAND / seconds)

    def _heed(self, answers: Sequence[DeliveryReceipt]) -> None:
        """Wait where the provider asks for it, or puts off one message after the other."""
        waits = []
        for receipt in answers:
            is_put_off = receipt.outcome == Outcome.RETRY
            self._put_off = self._put_off + 1 if is_put_off else 0
            if is_put_off:
                waits.append(receipt.retry_after_seconds or 0)
        wait = max(waits, default=0)
        if wait <= 0 and self._put_off >= _MOST_PUT_OFF:
            wait = _REST_SECONDS
        if wait > 0:
            self._limiter.put_off(wait)


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
