"""How: the interface of channels."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from crmlib.exceptions import UnsupportedFeatureError
    from crmlib.messages import Capabilities, DeliveryReceipt, Message


class Channel(ABC):
    """Hand messages to whatever carries them, and say what became of each.

    A constructor does no input or output: the connection opens at the first
    :meth:`send` and ends at :meth:`close`, which may be called twice.  A
    channel never retries by itself and never remembers what it sent: the
    ledger does both.  The one exception: a connection from before that turns
    out to be closed may be replaced once, for a message of which the other
    side has certainly taken nothing.

    Attributes
    ----------
    name : str
        What users type: the name of its entry point in ``crmlib.channels``.
    capabilities : Capabilities
        What it can carry.
    extras : mapping of str to str
        Modules that it imports when it is made, and the extra that brings each.
    """

    name: ClassVar[str]
    capabilities: Capabilities
    extras: ClassVar[Mapping[str, str]] = MappingProxyType({})

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> Self:
        """Make the channel from *settings*, the ``[channels.NAME]`` table of a campaign file.

        Raises
        ------
        InvalidParameterError
            If a setting is unknown, missing or of the wrong kind.
        """
        from inspect import Parameter, signature  # noqa: PLC0415 -- only when channels open

        from crmlib.exceptions import InvalidParameterError  # noqa: PLC0415 -- only for errors

        parameters = signature(cls).parameters.values()
        named = [each for each in parameters if each.kind is not Parameter.VAR_KEYWORD]
        known = [each.name for each in named]
        unknown = sorted(set(settings) - set(known)) if len(named) == len(parameters) else []
        needed = {each.name for each in named if each.default is Parameter.empty}
        missing = [name for name in known if name in needed and name not in settings]
        problems = [
            f"{word} {names}"
            for word, names in (("unknown:", unknown), ("missing:", missing))
            if names
        ]
        if problems:
            raise InvalidParameterError(
                f"channels.{cls.name}",
                sorted(settings),
                f"settings out of {known} ({'; '.join(problems)})",
            )
        try:
            return cls(**settings)
        except TypeError as error:
            raise InvalidParameterError(
                f"channels.{cls.name}", sorted(settings), f"settings of the right kind ({error})"
            ) from error

    @abstractmethod
    def send(self, messages: Sequence[Message]) -> list[DeliveryReceipt]:
        """Hand over *messages* and give one receipt for each, in the same order.

        The outcome is decided by how far the message got.  Refused for good:
        ``rejected``.  Known not to have been taken, and another try may do:
        ``retry``.  Possibly taken, with no answer to tell: ``unknown``.  Only
        a clear yes is ``accepted``.

        Parameters
        ----------
        messages : sequence of Message
            At most ``capabilities.batch_size``.

        Returns
        -------
        list of DeliveryReceipt
            As long as *messages*, with the same keys in the same order.

        Raises
        ------
        UnsupportedFeatureError
            If a message asks for what the channel cannot carry; nothing has
            been sent then.
        """

    def look_up(
        self,
        messages: Sequence[Message],  # noqa: ARG002
        *,
        since: datetime,  # noqa: ARG002
    ) -> list[DeliveryReceipt]:
        """Ask the provider what became of *messages*, and send nothing.

        A channel that can do it says so by ``capabilities.look_up``.
        ``accepted`` and ``rejected`` are what the provider has on record; what
        it does not have is ``unknown``, as it may still be on its way.

        Parameters
        ----------
        messages : sequence of Message
            As they were given to :meth:`send`.
        since : datetime
            Aware: when the first of them was claimed.  What the provider took
            before, such as the same text last month, is not one of them.

        Returns
        -------
        list of DeliveryReceipt
            As long as *messages*, with the same keys in the same order.

        Raises
        ------
        UnsupportedFeatureError
            If the channel cannot ask.
        """
        raise self._cannot("look up what became of a message", "look at the provider's own site")

    def schedule(
        self,
        messages: Sequence[Message],  # noqa: ARG002
        *,
        at: datetime,  # noqa: ARG002
    ) -> list[DeliveryReceipt]:
        """Hand over *messages* for the provider to send at a later instant.

        A channel that can do it says so by ``capabilities.schedule_seconds``.
        The ledger does not use it: it keeps the time itself, and asks for
        consent, suppressions, caps and quiet hours once more when it is due.
        A message that a provider holds leaves whatever happens meanwhile, so
        who schedules one has to :meth:`cancel` it where it must not go.

        Parameters
        ----------
        messages : sequence of Message
            At most ``capabilities.batch_size``.
        at : datetime
            Aware.  Where a provider knows whole minutes only it is the next
            one, never an earlier one.

        Returns
        -------
        list of DeliveryReceipt
            As from :meth:`send`; keep those that are ``accepted``: their
            ``provider_id`` is what :meth:`cancel` goes by.

        Raises
        ------
        UnsupportedFeatureError
            If the channel cannot, not for that instant, or not with these
            messages; nothing has been handed over then.
        """
        raise self._cannot("hold a message for later", "let the ledger keep the time")

    def cancel(self, receipts: Sequence[DeliveryReceipt]) -> list[DeliveryReceipt]:  # noqa: ARG002
        """Take back messages that the provider holds, each by itself.

        ``rejected``: it will not be sent.  ``accepted``: the provider refused
        to let go of it, as it is sent or being sent, or was taken back
        before: providers do not say which, so ask once.  ``retry``: nothing has changed, ask
        again.  ``unknown``: there was no answer to tell.

        Parameters
        ----------
        receipts : sequence of DeliveryReceipt
            From :meth:`schedule`.  Those that are not ``accepted`` come back
            as they are.

        Returns
        -------
        list of DeliveryReceipt
            As long as *receipts*, with the same keys in the same order.

        Raises
        ------
        UnsupportedFeatureError
            If the channel cannot take anything back.
        InvalidParameterError
            If an accepted receipt has a ``provider_id`` that is not from
            :meth:`schedule` of this channel.
        """
        raise self._cannot("take back a message", "ask the provider")

    def _cannot(self, feature: str, way_out: str) -> UnsupportedFeatureError:
        from crmlib.exceptions import UnsupportedFeatureError  # noqa: PLC0415 -- only for errors

        return UnsupportedFeatureError(f"channel {self.name!r}", feature, way_out)

    def close(self) -> None:  # noqa: B027 -- many channels hold nothing open
        """Let go of connections and files.  Harmless when called again."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()
