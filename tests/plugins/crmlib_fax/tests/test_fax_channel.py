"""The fax channel keeps the promises of crmlib; run with unittest or with pytest."""

import tempfile
import unittest
from functools import partial
from pathlib import Path

from crmlib_fax import FaxChannel

from crmlib import Outcome
from crmlib.channels import list_channels, load_channel
from crmlib.testing import channel_checks, example_messages


class TestFaxChannel(unittest.TestCase):
    """What a package with a channel has to show."""

    def setUp(self) -> None:
        """Make a spool folder."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.spool = Path(folder.name)

    def test_it_conforms(self) -> None:
        """The channel keeps every promise of the conformance kit."""
        for check in channel_checks(partial(FaxChannel, self.spool)):
            with self.subTest(str(check)):
                check()

    def test_crmlib_finds_it(self) -> None:
        """The installed package is listed, and its channel loads by name."""
        packages = {channel.name: channel.package for channel in list_channels()}

        assert packages["fax"] == "crmlib-fax"
        assert load_channel("fax") is FaxChannel

    def test_a_page_holds_the_message(self) -> None:
        """An accepted message is a file that the fax machine can send."""
        message = example_messages(FaxChannel.capabilities, 1)[0]

        receipt = FaxChannel.from_settings({"spool": str(self.spool)}).send([message])[0]

        assert receipt.outcome is Outcome.ACCEPTED

        page = (self.spool / f"{receipt.provider_id}.fax").read_text(encoding="utf-8")

        assert page == f"TO {message.recipient.address}\nFROM Example Shop\n\n{message.body}\n"

    def test_without_a_spool_it_may_be_tried_again(self) -> None:
        """A folder that is missing loses no message."""
        message = example_messages(FaxChannel.capabilities, 1)[0]

        receipt = FaxChannel(self.spool / "missing").send([message])[0]

        assert receipt.outcome is Outcome.RETRY
        assert receipt.detail == "cannot spool (No such file or directory)"
