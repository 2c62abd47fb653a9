"""Providers that take a request and answer with nonsense: what is clear counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest
from http_servers import FakeServer, Request, Response
from providers_by_hand import PROVIDERS

from crmlib.messages import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmlib.messages import DeliveryReceipt

BY_NAME = {provider.name: provider for provider in PROVIDERS}
OTHER = "+821012345679"

Row = dict[str, Any]


def send(name: str, count: int, bend: Callable[[Any], None]) -> list[DeliveryReceipt]:
    """Send one message or two by a provider whose answer *bend* changes."""
    provider = BY_NAME[name]
    strict = provider.answer()

    def answer(request: Request) -> Response:
        response: Response = strict(request)
        bend(response.body)
        return response

    with FakeServer(answer) as server, provider.make(server) as channel:
        messages = [provider.message(key="a"), provider.message(key="b", address=OTHER)]
        return channel.send(messages[:count])


def rows_of(body: Any) -> list[Row]:
    """Give the rows of an answer of NHN Cloud."""
    rows: list[Row] = (body.get("message") or {}).get("sendResults") or body["body"]["data"][
        "sendResultList"
    ]
    return rows


@pytest.mark.parametrize("name", ["nhncloud", "nhncloud-brand"])
@pytest.mark.parametrize(
    "fields",
    [
        {"recipientGroupingKey": []},
        {"recipientGroupingKey": {}},
        {"recipientGroupingKey": 5},
        {"recipientGroupingKey": None},
        {"resultCode": False},
        {"resultCode": []},
        {"resultCode": "0"},
    ],
    ids=str,
)
def test_one_row_of_nonsense_costs_one_message(name: str, fields: Row) -> None:
    """The message whose row cannot be read is unknown, the other was taken."""
    receipts = send(name, 2, lambda body: rows_of(body)[0].update(fields))

    assert [each.outcome for each in receipts] == [Outcome.UNKNOWN, Outcome.ACCEPTED]


@pytest.mark.parametrize("name", ["nhncloud", "nhncloud-alimtalk", "nhncloud-brand"])
def test_a_row_on_another_message_is_not_ours(name: str) -> None:
    """One row for one message is about it, unless the row names another."""
    foreign = send(name, 1, lambda body: rows_of(body)[0].update(recipientGroupingKey="z"))
    unnamed = send(name, 1, lambda body: rows_of(body)[0].pop("recipientGroupingKey"))

    assert [foreign[0].outcome, unnamed[0].outcome] == [Outcome.UNKNOWN, Outcome.ACCEPTED]


@pytest.mark.parametrize("name", ["nhncloud", "solapi"])
def test_who_says_yes_and_no_says_nothing(name: str) -> None:
    """A message that was taken and refused in one answer is unknown; twice the same is once."""

    def contradict(body: Any) -> None:
        if name == "solapi":
            body["failedMessageList"].append(body["messageList"][0] | {"statusCode": "1031"})
            body["messageList"].append(body["messageList"][1])
        else:
            rows_of(body).append(rows_of(body)[0] | {"resultCode": -2015})
            rows_of(body).append(rows_of(body)[1])

    receipts = send(name, 2, contradict)

    assert [each.outcome for each in receipts] == [Outcome.UNKNOWN, Outcome.ACCEPTED]


@pytest.mark.parametrize("name", ["nhncloud", "nhncloud-alimtalk", "nhncloud-brand"])
@pytest.mark.parametrize("code", [[], {}, None, "-1000"], ids=str)
def test_a_refusal_with_a_strange_code_is_a_refusal(name: str, code: Any) -> None:
    """NHN Cloud says that it did not take a request, and why in no words that are known."""
    header = {"isSuccessful": False, "resultCode": code}
    receipts = send(name, 1, lambda body: body.update(header=header))

    assert receipts[0].outcome is Outcome.REJECTED
    assert attrs.evolve(receipts[0], detail=None).provider_id is None
