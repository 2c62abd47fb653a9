"""Senders of whom every message can be sent, and texts that a header cannot carry."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from shops_by_hand import SENDER, Shop

from crmlib.exceptions import InvalidParameterError
from crmlib.messages import Sender
from crmlib.planners import Template, TemplatePlanner


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "  "),
        ("name", "Shop\tOne"),
        ("name", "Shop\r\nBcc: eve@example.com"),
        ("name", "=?utf-8?q?=0A?="),
        ("name", "=??q?x?="),
        ("name", "n" * 201),
        ("email", "no address"),
        ("email", " shop@example.com"),
        ("postal_address", "half a \ud800"),
        ("phone", 7),
        ("opt_out_url", "https://example.com/거부/{message_key}"),
        ("opt_out_url", "https://가게.example/{message_key}"),
        ("opt_out_url", "https://example.com/{lang}/{message_key}"),
        ("opt_out_url", "https://example.com/a|b/{message_key}"),
        ("opt_out_url", "https:///{message_key}"),
        ("opt_out_url", "https://[::1/{message_key}"),
        ("opt_out_url", f"https://example.com/{'x' * 800}"),
        ("opt_out_url", "https://example.com/out"),
    ],
)
def test_a_sender_nobody_could_send_for(field: str, value: Any) -> None:
    """A setting that would spoil every message of a campaign is refused when it is made."""
    with pytest.raises(InvalidParameterError, match=f"^{field} must be ") as caught:
        Shop().campaign(sender=attrs.evolve(SENDER, **{field: value}))

    assert caught.value.name == field


def test_the_longest_sender_that_can_be() -> None:
    """A name of 200 characters, several lines of postal address, and a Punycode host will do."""
    sender = Sender(
        name="n" * 200,
        email="shop@example.com",
        postal_address="1 Road\nTown",
        opt_out_url="https://xn--o39an51b.example/%EA%B1%B0?k={message_key}",
    )

    assert Shop().plan(sender=sender).counts()["customers"].tolist() == [3]


@pytest.mark.parametrize("sender", ["Shop", 7])
def test_a_sender_is_a_sender(sender: Any) -> None:
    """What is no sender is refused."""
    with pytest.raises(InvalidParameterError, match="sender must be a Sender or None"):
        Shop().campaign(sender=sender)


def test_a_subject_that_no_header_can_carry() -> None:
    """A word of 1,200 characters in a subject holds the message; with blanks it goes."""
    plan = Shop(1).plan(
        planner=TemplatePlanner({"default": Template(subject="s" * 1200, body="Hello.")})
    )
    spaced = Shop(1).plan(
        planner=TemplatePlanner({"default": Template(subject="word " * 240, body="Hello.")})
    )

    assert plan.table.loc["C1", "reason"] == "NO_MESSAGE"
    assert "more than 900 characters without a blank" in plan.table.loc["C1", "detail"]
    assert spaced.table.loc["C1", "decision"] == "send"


def test_a_name_that_no_header_can_carry() -> None:
    """A profile name of 1,200 characters holds the message, whether a text uses it or not."""
    shop = Shop(1)
    shop.set_profile("C1", name="n" * 1200)
    plan = shop.plan(planner=TemplatePlanner({"default": Template(subject="Hi", body="Hello.")}))

    assert plan.table.loc["C1", "reason"] == "NO_MESSAGE"
    assert "a name of more than 400 characters" in plan.table.loc["C1", "detail"]
