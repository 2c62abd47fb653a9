"""What a channel has no place for is written otherwise, or the row is held and says why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest
from shops_by_hand import SENDER, Shop

from crmlib.campaigns import _preview_messages as preview_room
from crmlib.campaigns import _routes as routes_room
from crmlib.campaigns import load_campaign, preview_messages
from crmlib.campaigns._buttons import write_link
from crmlib.channels import MemoryChannel, SmtpChannel
from crmlib.exceptions import InvalidParameterError
from crmlib.messages import Button, Capabilities
from crmlib.planners import Template, TemplatePlanner

if TYPE_CHECKING:
    from pathlib import Path

LOOK = {"button_label": "Look <b>", "button_url": "https://shop.example/?c={customer_id}&a=1"}


def plan(channel: type[Any], **texts: Any) -> Any:
    """Plan one template for the shop by *channel*."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routes_room, "load_channel", lambda name: channel)
        planner = TemplatePlanner({"default": Template(**texts)})
        return Shop().plan(planner=planner, channels=["memory"])


class TextChannel(MemoryChannel):
    """Korean text messages."""

    capabilities = Capabilities(
        medium="sms", address_field="phone", batch_size=10, text_limit="korean-lms"
    )


class ShortTextChannel(MemoryChannel):
    """Korean text messages of 90 bytes."""

    capabilities = Capabilities(medium="sms", address_field="phone", text_limit="korean-sms")


def test_a_button_travels() -> None:
    """A channel with buttons gets label and address; plan, message and page hold them."""
    made = plan(MemoryChannel, subject="Hi", body="Hi", html="<p>Hi</p>", **LOOK)
    row = made.table.loc["C1"]
    message = made.message(row["message_key"])

    assert message.button == Button(label="Look <b>", url="https://shop.example/?c=C1&a=1")
    assert "Look" not in row["message"]
    assert "Look &lt;b&gt;" in made.preview_html()


def test_a_channel_without_buttons_gets_a_link() -> None:
    """E-mail has no buttons: a link stands below the text, and in the HTML, escaped."""
    made = plan(
        SmtpChannel, subject="Hi", body="Hi\n", html="<body><p>Hi</p></BODY ></html>", **LOOK
    )
    row = made.table.loc["C1"]

    assert row["button_label"] is None
    assert made.message(row["message_key"]).button is None
    assert row["message"].startswith("Hi\n\nLook <b>: https://shop.example/?c=C1&a=1\n")
    assert (
        '<p>Hi</p><p><a href="https://shop.example/?c=C1&amp;a=1">Look &lt;b&gt;</a></p>'
        in row["html"]
    )


def test_a_link_without_a_body_tag() -> None:
    """HTML without a body tag gets the link at its end; where there is none, the text alone."""
    assert write_link("x ", None, "Look", "https://a.example/") == {
        "body": "x\n\nLook: https://a.example/",
        "html": None,
    }
    assert write_link("x", "<p>x</p>", "Look", "https://a.example/")["html"] == (
        '<p>x</p><p><a href="https://a.example/">Look</a></p>\n'
    )


def test_a_text_is_counted_with_all_that_it_is_sent_with() -> None:
    """The opt-out line counts: the plan says as what a text goes, and how long it is."""
    row = plan(TextChannel, body="안녕하세요 " * 10).table.loc["C1"]
    size = len(row["message"].encode("cp949"))

    assert row["why_what"].endswith(f"; LMS of {size} bytes (at most 2,000)")
    assert size > 110


def test_a_text_that_does_not_fit_is_held() -> None:
    """Who would get a text that is too long, or that the network cannot carry, is held."""
    row = plan(ShortTextChannel, body="안녕하세요 " * 10, name="hi").table.loc["C1"]
    dash = plan(TextChannel, body="오늘만 — 반값", name="hi").table.loc["C1"]

    assert row["reason"] == dash["reason"] == "NO_MESSAGE"
    assert row["detail"].startswith("template 'hi': is ")
    assert row["detail"].endswith(" more than the 90 of an SMS")
    assert dash["detail"] == "template 'hi': holds '—', which no Korean text message can carry"


def preview(channel: type[Any], sender: Any = SENDER, **texts: Any) -> str:
    """Preview one template for the shop by *channel*."""
    with pytest.MonkeyPatch.context() as patch:
        for room in (routes_room, preview_room):
            patch.setattr(room, "load_channel", lambda name: channel)
        shop = Shop()
        planner = TemplatePlanner({"default": Template(**texts)})
        campaign = shop.campaign(planner=planner, channels=["memory"], sender=sender)
        return preview_messages(campaign, shop.customers, profiles=shop.profiles)


def test_a_preview_counts_a_text_as_it_will_be_sent() -> None:
    """Without any consent a preview tells the size of a text, the law's lines included."""
    shown = preview(TextChannel, body="Hello {name}")
    size = int(shown.partition("LMS of ")[2].partition(" bytes")[0])

    assert "https://shop.example/out/" in shown.partition("Why:")[0]
    assert size > 90
    assert f"; LMS of {size} bytes (at most 2,000).\n" in shown


def test_a_preview_tells_which_texts_are_too_long() -> None:
    """Who would be held for a text that does not fit is told before there is a plan."""
    shown = preview(ShortTextChannel, body="안녕하세요 " * 10, name="hi")

    assert "customers get a message; " in shown
    assert "held: template 'hi': is " in shown
    assert " more than the 90 of an SMS (C1)" in shown


def test_a_preview_without_a_sender_has_the_bare_text() -> None:
    """What the law adds is not known without a sender, so the text stands as it was written."""
    shown = preview(TextChannel, sender=None, body="Hello {name}")

    assert "Hello Name C1\n\nWhy: " in shown


CAMPAIGN = """
[campaign]
name = "winback"
channels = ["memory"]
policy = "EU"
audience = ["A"]
[data]
orders = "orders.csv"
profiles = "profiles.csv"
consents = "consents.csv"
[segmenter]
kind = "rules"
[[segmenter.rules]]
name = "A"
where = [["group", "==", "A"]]
[timing]
kind = "fixed"
[sender]
name = "Shop"
email = "shop@example.com"
[templates]
catalogue = "texts/messages.toml"
"""
MESSAGES = """
[[messages]]
segment = "A"
subject = "Hello"
body = "Hello {name}"
button = { label = "Look", url = "https://shop.example/" }
"""


def test_a_campaign_names_its_catalogue(tmp_path: Path) -> None:
    """The templates of a campaign may stand in a file of their own, read aloud before planning."""
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "messages.toml").write_text(MESSAGES, encoding="utf-8")
    (tmp_path / "campaign.toml").write_text(CAMPAIGN, encoding="utf-8")
    spec = load_campaign(tmp_path / "campaign.toml")
    shop = Shop()
    shop.set_profile("C2", name=None)
    shop.customers.loc["C3", "group"] = "B"
    orders = shop.customers.reset_index().assign(
        ordered_at=shop.customers["last_purchase_at"].to_numpy(), order_id="O1", amount=1.0
    )
    zones = shop.profiles.set_index("customer_id")["timezone"]
    campaign = spec.make_campaign(shop.customers, orders, zones)
    shown = preview_messages(campaign, shop.customers, profiles=shop.profiles)

    assert list(spec.templates) == [("A", None, None)]
    assert "By email:\n" in shown
    assert "C1 gets 'A'\nSubject: Hello\n\nHello Name C1\n\n[Look] https://shop.example/" in shown
    assert "1 of 2 customers get a message; 1 is held: needs {name}, which is missing" in shown
    everybody = attrs.evolve(campaign, audience=None)
    assert "1 of 3 customers" in preview_messages(
        everybody, shop.customers, profiles=shop.profiles
    )


def test_a_catalogue_may_be_a_segment(tmp_path: Path) -> None:
    """A table of that name is the template of a segment of that name."""
    text = CAMPAIGN.replace('[templates]\ncatalogue = "texts/messages.toml"\n', "")
    (tmp_path / "campaign.toml").write_text(
        f'{text}[templates.catalogue]\nbody = "x"\n'
        '[templates.A.button]\nlabel = "Look"\nurl = "https://shop.example/"\n'
        '[templates.A]\nbody = "x"\n',
        encoding="utf-8",
    )
    templates = load_campaign(tmp_path / "campaign.toml").templates

    assert list(templates) == ["catalogue", "A"]
    assert templates["A"].button_label == "Look"


def test_a_channel_that_may_not_advertise_is_refused() -> None:
    """A channel for information carries no advertising campaign, and planning says so at once."""

    class InformingChannel(TextChannel):
        capabilities = attrs.evolve(TextChannel.capabilities, purposes=["informational"])

    with pytest.raises(
        InvalidParameterError, match="channels must be channels that carry advertising messages"
    ):
        plan(InformingChannel, body="Hi")
