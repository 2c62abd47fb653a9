"""What crmlib itself brings keeps the promises that it asks of others."""

import io
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from verdict import broken_promises

from crmlib.channels import ConsoleChannel, FileChannel, MemoryChannel, SmtpChannel
from crmlib.interfaces import Segmenter, TimingModel
from crmlib.planners import Template, TemplatePlanner
from crmlib.segmenters import RFMSegmenter, Rule, RuleSegmenter
from crmlib.testing import channel_checks, planner_checks, segmenter_checks, timing_checks
from crmlib.timing import (
    FixedTiming,
    PreferredHourTiming,
    PurchaseCycleTiming,
    ResponseTiming,
    TriggerTiming,
)

STUDENTS = Rule("Students", (("occupation", "==", "student"), ("frequency", ">=", 2)))
GREETINGS = {
    "default": Template(
        subject="For {name|you}",
        body="Hi {name}, {favourite_category|clothes} of {region|your town}",
        html="<p>Hi {name|there}</p>",
    ),
    ("At Risk", "ko"): Template(body="{name}님"),
}


@contextmanager
def smtp_server() -> Iterator[int]:
    """Give the port of an SMTP server on loopback that takes everything."""
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    controller = Controller(Sink(), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@pytest.mark.parametrize(
    "segmenter",
    [
        RFMSegmenter(),
        RFMSegmenter(n_bins=3, segment_map={"Top": "3..", "Rest": "[12].."}),
        RFMSegmenter(labels="ko"),
        RuleSegmenter([STUDENTS]),
    ],
    ids=["rfm", "rfm-own-map", "rfm-korean", "rules"],
)
def test_our_segmenters_conform(segmenter: Segmenter) -> None:
    """Our segmenters keep every promise of the interface."""
    assert broken_promises(segmenter_checks(segmenter)) == []


def test_our_planner_conforms() -> None:
    """Our planner keeps every promise of the interface."""
    assert broken_promises(planner_checks(TemplatePlanner(GREETINGS))) == []


@pytest.mark.parametrize(
    "timing",
    [
        PreferredHourTiming(),
        PreferredHourTiming(timezone="Asia/Seoul"),
        FixedTiming(hour=9),
        ResponseTiming(exploration=0.0),
        PurchaseCycleTiming(),
        PurchaseCycleTiming(hours=PreferredHourTiming(), horizon_days=30),
        TriggerTiming(),
    ],
    ids=[
        "preferred-hour",
        "preferred-hour-seoul",
        "fixed",
        "response",
        "cycle",
        "cycle-hours",
        "trigger",
    ],
)
def test_our_timing_models_conform(timing: TimingModel) -> None:
    """Our timing models keep every promise of the interface."""
    assert broken_promises(timing_checks(timing)) == []


def test_our_channels_of_this_machine_conform(tmp_path: Path) -> None:
    """The channels that need no server keep every promise of the interface."""
    assert broken_promises(channel_checks(MemoryChannel)) == []
    assert broken_promises(channel_checks(lambda: ConsoleChannel(io.StringIO()))) == []
    assert broken_promises(channel_checks(lambda: FileChannel(tmp_path / "sent.jsonl"))) == []


def test_our_smtp_channel_conforms() -> None:
    """The SMTP channel keeps every promise of the interface, to a real server on loopback."""
    with smtp_server() as port:
        checks = channel_checks(lambda: SmtpChannel(host="127.0.0.1", port=port))

        assert broken_promises(checks) == []


def test_our_smtp_channel_keeps_its_password() -> None:
    """The password of the SMTP channel stands in none of its texts."""
    secret = "canary-hunter-2"
    channel = SmtpChannel(security="tls", username="shop", password=secret)

    assert secret not in repr(channel)
    assert secret not in str(channel)
