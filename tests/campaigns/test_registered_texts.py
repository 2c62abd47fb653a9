"""A text that is registered with the provider goes by its code, or as a text of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import attrs
import pandas as pd
import pytest
from shops_by_hand import Shop

from crmlib.campaigns import Plan
from crmlib.campaigns import _routes as routes_room
from crmlib.channels import MemoryChannel
from crmlib.delivery._payload import payload_hash
from crmlib.interfaces import MessagePlanner
from crmlib.messages import Capabilities, RegisteredTemplate
from crmlib.planners import Template, TemplatePlanner, from_registered

if TYPE_CHECKING:
    from pathlib import Path

PAID = from_registered(
    "#{name}님, 결제가 끝났습니다.",
    {"name": "name", "id": "customer_id"},
    code="PAID01",
    name="paid",
    button_label="보기",
    button_url="https://shop.example/#{id}",
)


class TalkChannel(MemoryChannel):
    """Alimtalk."""

    capabilities = Capabilities(
        medium="kakao",
        address_field="phone",
        button=True,
        text_limit="alimtalk",
        registered_templates=True,
    )


class TextChannel(MemoryChannel):
    """Text messages."""

    capabilities = Capabilities(medium="sms", address_field="phone")


def plan(channel: type[Any], planner: Any = None, **changes: Any) -> Plan:
    """Plan the registered text for the shop by *channel*."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routes_room, "load_channel", lambda name: channel)
        planner = planner or TemplatePlanner({"default": PAID})
        made: Plan = Shop().plan(
            planner=planner, channels=["memory"], **({"purpose": "informational"} | changes)
        )
        return made


def test_a_registered_text_travels(tmp_path: Path) -> None:
    """Plan, file, digest, page, message and payload hold code and variables."""
    made = plan(TalkChannel)
    made.save(tmp_path / "talk.plan")
    again = Plan.load(tmp_path / "talk.plan")
    key = made.table.loc["C1", "message_key"]
    message = again.message(key)
    table = made.table
    table.loc["C1", "registered_variables"] = '{"name": "x", "id": "C1"}'
    altered = attrs.evolve(made, table=table)

    assert message.registered_template == RegisteredTemplate(
        code="PAID01", variables=(("name", "Name C1"), ("id", "C1"))
    )
    assert message.body == "Name C1님, 결제가 끝났습니다."
    assert message.button is not None
    assert message.button.url == "https://shop.example/C1"
    assert again.digest == made.digest != altered.digest
    assert payload_hash(altered.message(key)) != payload_hash(message)
    assert '<span class="code">PAID01</span>, #{name} = Name C1, #{id} = C1</p>' in (
        made.preview_html()
    )


def test_a_channel_that_sends_none_gets_the_text() -> None:
    """Where a channel knows no registered texts, the text is sent as it reads, and why says so."""
    made = plan(TextChannel)
    row = made.table.loc["C1"]

    assert row["registered_code"] is row["registered_variables"] is None
    assert made.message(row["message_key"]).registered_template is None
    assert row["message"].startswith(
        "Name C1님, 결제가 끝났습니다.\n\n보기: https://shop.example/C1"
    )
    assert row["why_what"].endswith(
        "; as a text of its own, since memory sends none that are registered"
    )


def test_the_law_cannot_add_to_a_registered_text() -> None:
    """An advertisement needs lines that the registered text has not: its rows are held."""
    row = plan(TalkChannel, purpose="advertising").table.loc["C1"]

    assert row["reason"] == "NO_MESSAGE"
    assert row["detail"] == (
        "template 'paid': is registered as 'PAID01', and the lines that the law asks for cannot "
        "be added to it; register it with them, or send it as informational if that is what it is"
    )
    assert row["registered_code"] is None


def test_a_channel_of_alimtalk_sends_no_other_text() -> None:
    """A text without a code is held by planning, and not refused by the provider after it."""
    texts = TemplatePlanner({"default": Template(body="Hello")})
    row = plan(TalkChannel, texts).table.loc["C1"]
    other = plan(TextChannel, texts).table.loc["C1"]

    assert (row["reason"], other["reason"]) == ("NO_MESSAGE", "ALLOWED")
    assert row["detail"] == (
        "template 'default': is not registered, and memory sends no other texts; write it in a "
        "catalogue with registered, code and variables, or leave the channel out"
    )


class Registering(MessagePlanner):
    """Gives each customer the same code and variables."""

    def __init__(self, code: Any, variables: Any) -> None:
        self.code = code
        self.variables = variables

    def fit(self, transactions: pd.DataFrame, y: None = None) -> Self:
        """Learn nothing."""
        return self

    def plan(self, audience: pd.DataFrame, *, medium: str) -> pd.DataFrame:
        """Give what it was told."""
        told = {"template": "t", "body": "x", "why": "for all", "propensity": 1.0}
        told |= {"registered_code": self.code, "registered_variables": self.variables}
        return pd.DataFrame(told, index=audience.index, columns=list(self.columns), dtype=object)


@pytest.mark.parametrize(
    ("code", "variables", "problem"),
    [
        ("A", None, "is half a registered text: it needs a code and variables"),
        (None, "{}", "is half a registered text: it needs a code and variables"),
        ("A", "{", "has variables of a registered text that are no JSON object of texts"),
        ("A", "[]", "has variables of a registered text that are no JSON object of texts"),
        ("A", '{"a": {"b": "c"}}', "has variables of a registered text that are no JSON object"),
        ("A", '{"a": 1}', "has variables of a registered text that are no JSON object of texts"),
        ("A\n", "{}", "has a character in its code or a variable that cannot be sent"),
        ("A", '{"a": "\\u0000"}', "has a character in its code or a variable that cannot be sent"),
        ("A", '{"a": "\\ud800"}', "has a character in its code or a variable that cannot be sent"),
    ],
    ids=[
        *("no-variables", "no-code", "torn", "list", "nested", "number"),
        *("line-break", "nul", "half"),
    ],
)
def test_what_no_provider_takes_is_held(code: Any, variables: Any, problem: str) -> None:
    """Code and variables that cannot be sent hold the row, with a reason."""
    row = plan(TalkChannel, Registering(code, variables)).table.loc["C1"]

    assert row["reason"] == "NO_MESSAGE"
    assert row["detail"].startswith(f"template 't': {problem}")
