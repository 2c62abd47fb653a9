"""The promises of :class:`crmlib.interfaces.Channel` about its beginning and its end.

Every function takes the trial; its docstring is the sentence of the contract.
"""
# ruff: noqa: D401 -- a promise is a statement, no order

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest import mock

from crmlib.exceptions import ConformanceError
from crmlib.testing._doors import shut_doors

if TYPE_CHECKING:
    from crmlib.testing._channel_trial import ChannelTrial


def opens_nothing_when_made(trial: ChannelTrial) -> None:
    """The constructor does no input or output: it opens no file, socket or process."""
    trial.make_channel().close()  # modules that the constructor imports are loaded now
    with shut_doors(
        "a constructor that only stores its arguments", "connect or open at the first send()"
    ):
        channel = trial.make_channel()
    channel.close()


def closes_twice(trial: ChannelTrial) -> None:
    """Closing is harmless before the first message, after the last one, and again."""
    unused = trial.make_channel()
    unused.close()
    unused.close()
    used = trial.make_channel()
    used.send(trial.small_batch(used))
    used.close()
    used.close()


def enters_as_itself(trial: ChannelTrial) -> None:
    """A with block gives the channel itself."""
    channel = trial.make_channel()
    with channel as entered:
        pass
    if entered is not channel:
        raise ConformanceError(
            "the channel from its with block", repr(entered), "return self from __enter__"
        )


def closes_at_the_end_of_its_block(trial: ChannelTrial) -> None:
    """The end of a with block closes the channel."""
    channel = trial.make_channel()
    with mock.patch.object(type(channel), "close") as close, channel:
        pass
    channel.close()
    if not close.called:
        raise ConformanceError(
            "a call of close() at the end of the with block", "none", "call it in __exit__"
        )


def lets_errors_out_of_its_block(trial: ChannelTrial) -> None:
    """An error inside a with block comes out of it."""
    try:
        with trial.make_channel():
            raise _CanaryError  # noqa: TRY301 -- this is what is tried
    except _CanaryError:
        return
    raise ConformanceError(
        "the error of the with block", "silence", "return None from __exit__, not True"
    )


class _CanaryError(Exception):
    """Raised by the kit in a with block, to see whether it comes out."""


LIFETIME_PROMISES = [
    opens_nothing_when_made,
    closes_twice,
    enters_as_itself,
    closes_at_the_end_of_its_block,
    lets_errors_out_of_its_block,
]
