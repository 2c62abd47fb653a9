"""What a sender takes from a campaign file: its channels, and the newest consents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.campaigns import load_campaign
from crmlib.channels import load_channel
from crmlib.cli._campaign_tables import read_consents
from crmlib.cli._pipeline import check_same_campaign

if TYPE_CHECKING:
    from contextlib import ExitStack
    from pathlib import Path

    from crmlib.campaigns import CampaignFile, Plan
    from crmlib.delivery import Ledger
    from crmlib.interfaces import Channel


class CampaignDesk:
    """What a campaign file says to who sends one plan of it.

    Parameters
    ----------
    path : Path or None
        The campaign file; None: channels are set up from the environment.
    plan : Plan
        Whose campaign file it must be.
    stack : ExitStack
        Closes the channels.
    """

    def __init__(self, path: Path | None, plan: Plan, stack: ExitStack) -> None:
        self.channels: dict[str, Channel] = {}
        self._spec: CampaignFile | None = None
        self._state: tuple[int, int] | None = None
        if path is None:
            return
        self._spec = load_campaign(path)
        check_same_campaign(self._spec, plan)
        self.channels = {
            name: stack.enter_context(load_channel(name).from_settings(settings))
            for name, settings in self._spec.channels.items()
        }

    def hand_in_consents(self, ledger: Ledger) -> None:
        """Give the consents to the ledger, if their file has changed since the last time."""
        if self._spec is None:
            return
        state = _state_of(self._spec.data.consents)
        if state is None or state != self._state:
            ledger.record_consents(read_consents(self._spec))
            self._state = state


def _state_of(path: Path) -> tuple[int, int] | None:
    """Say when a file was written and how long it is; None if it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
