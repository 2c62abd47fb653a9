"""Asking to be erased: advertising ends at once, the rest is a task for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from test_preferences import read_proof
from web_shop import NOW

from crmlib.delivery import list_answers, list_requests

if TYPE_CHECKING:
    from web_shop import Shop


def ask(shop: Shop) -> None:
    """Ask to be erased."""
    path = f"{shop.link()}/erasure"
    proof = read_proof(shop.client.get(path).text)
    assert shop.client.post(path, data={"form_token": proof}).status_code == 200


def test_a_request_is_noted_once_and_advertising_ends(any_shop: Shop) -> None:
    """Two presses are one task; the next campaign does not reach them by any medium."""
    ask(any_shop)
    ask(any_shop)
    (request,) = list_requests(any_shop.ledger).to_dict("records")

    assert (request["kind"], request["customer_id"], request["at"]) == ("erasure", "C1", NOW)
    assert list_answers(any_shop.ledger)["channel"].to_list() == ["*"]
    assert any_shop.send("next") == {"C1": "blocked", "C2": "accepted"}


def test_looking_asks_for_nothing(shown: Shop) -> None:
    """A GET of the page changes nothing."""
    shown.client.get(f"{shown.link()}/erasure")

    assert list_requests(shown.ledger).empty
