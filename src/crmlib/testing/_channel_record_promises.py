"""The promises of :class:`crmlib.interfaces.Channel` about what its provider keeps.

Every function takes the trial; its docstring is the sentence of the contract.
"""
# ruff: noqa: D401 -- a promise is a statement, no order

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from crmlib.exceptions import ConformanceError, UnsupportedFeatureError

if TYPE_CHECKING:
    from crmlib.testing._channel_trial import ChannelTrial


def looks_up_as_declared(trial: ChannelTrial) -> None:
    """Looking up gives a receipt for each message, or an UnsupportedFeatureError if undeclared."""
    with closing(trial.make_channel()) as channel:
        messages = trial.small_batch(channel)
        try:
            receipts = channel.look_up(
                list(messages), since=datetime.now(UTC) - timedelta(hours=1)
            )
        except UnsupportedFeatureError as error:
            if channel.capabilities.look_up:
                raise ConformanceError(
                    "receipts, as capabilities.look_up is declared",
                    "an UnsupportedFeatureError",
                    "write look_up(), or declare look_up=False",
                ) from error
            return
    if not channel.capabilities.look_up:
        raise ConformanceError(
            "an UnsupportedFeatureError, as capabilities.look_up is not declared",
            repr(receipts),
            "declare look_up=True, or inherit look_up()",
        )
    keys, wanted = [receipt.key for receipt in receipts], [message.key for message in messages]
    if keys != wanted:
        raise ConformanceError(
            f"receipts of look_up() with the keys {wanted}",
            f"{keys}",
            "give each receipt key=message.key and keep the order of the messages",
        )


def holds_messages_as_declared(trial: ChannelTrial) -> None:
    """Messages are held and let go, or it is an UnsupportedFeatureError where undeclared."""
    with closing(trial.make_channel()) as channel:
        span = channel.capabilities.schedule_seconds
        middle = timedelta(seconds=sum(span) // 2 if span else 3600)
        messages = trial.small_batch(channel)
        try:
            held = channel.schedule(list(messages), at=datetime.now(UTC) + middle)
            let_go = channel.cancel(list(held))
        except UnsupportedFeatureError as error:
            if span is not None:
                raise ConformanceError(
                    "receipts, as capabilities.schedule_seconds is declared",
                    "an UnsupportedFeatureError",
                    "write schedule() and cancel(), or declare schedule_seconds=None",
                ) from error
            return
    if span is None:
        raise ConformanceError(
            "an UnsupportedFeatureError, as capabilities.schedule_seconds is not declared",
            repr(held),
            "declare from and to how many seconds ahead, or inherit schedule() and cancel()",
        )
    wanted = [message.key for message in messages]
    for name, receipts in (("schedule", held), ("cancel", let_go)):
        keys = [receipt.key for receipt in receipts]
        if keys != wanted:
            raise ConformanceError(
                f"receipts of {name}() with the keys {wanted}",
                f"{keys}",
                "give each receipt the key of its message and keep the order",
            )


RECORD_PROMISES = [looks_up_as_declared, holds_messages_as_declared]
