"""Value objects that pass between planning, channels and the ledger."""

import pickle
from typing import Any

import attrs
import pytest

from crmlib.messages import (
    Capabilities,
    Decision,
    DeliveryReceipt,
    Message,
    Outcome,
    Purpose,
    Reason,
    Recipient,
    RegisteredTemplate,
    Sender,
)

SENDER = {"name": "Shop", "email": "shop@example.org"}


def _message(**changes: Any) -> Message:
    fields: dict[str, Any] = {
        "key": "k1",
        "recipient": Recipient(customer_id="C1", address="mina@example.com", name="Mina"),
        "sender": Sender(**SENDER),
        "purpose": Purpose.ADVERTISING,
        "body": "canary-body",
        "subject": "canary-subject",
        "html": "canary-html",
        "opt_out_url": "https://example.com/canary-url",
    }
    return Message(**(fields | changes))


def test_repr_holds_no_personal_data() -> None:
    """Logs of messages name the customer's id and key, not address, name or text."""
    template = RegisteredTemplate(code="A1", variables=(("name", "canary-value"),))
    shown = repr(_message(registered_template=template))

    assert "A1" in shown
    assert "k1" in shown
    assert "C1" in shown
    for secret in ("mina@example.com", "Mina", "canary"):
        assert secret not in shown


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (Recipient, {"customer_id": "C1", "address": ""}),
        (Sender, SENDER | {"name": ""}),
        (Sender, SENDER | {"email": "x"}),
        (Sender, SENDER | {"opt_out_url": "javascript:alert(1)"}),
        (Sender, SENDER | {"opt_out_url": "https://example.com/a b"}),
        (Sender, SENDER | {"opt_out_url": "https://example.com/a\n"}),
        (RegisteredTemplate, {"code": "", "variables": ()}),
        (RegisteredTemplate, {"code": "A1", "variables": (("a", "1"), ("a", "2"))}),
        (Capabilities, {"medium": "email", "address_field": "email", "batch_size": 0}),
        (Capabilities, {"medium": "email", "address_field": "email", "idempotency_seconds": -1}),
        (Capabilities, {"medium": "email", "address_field": "email", "purposes": ()}),
        (Capabilities, {"medium": "email", "address_field": "email", "messages_per_second": 0}),
    ],
)
def test_what_cannot_be_is_refused(kind: type, fields: dict[str, Any]) -> None:
    """Empty names, odd addresses and impossible numbers do not make an object."""
    with pytest.raises(ValueError, match=r"must|match|Length"):
        kind(**fields)


@pytest.mark.parametrize(
    "variables",
    [{"name": "Mina"}, ["name"], (("name",),), (("name", 1),), (["name", "x"],), (("", "x"),)],
    ids=str,
)
def test_variables_are_pairs_of_texts(variables: Any) -> None:
    """What a provider fills in has a name and a text, or there is no such template."""
    with pytest.raises(TypeError, match=r"a tuple of pairs \(name, value\), both str"):
        RegisteredTemplate(code="A1", variables=variables)


@pytest.mark.parametrize("changes", [{"key": ""}, {"body": ""}])
def test_a_message_has_key_and_text(changes: dict[str, str]) -> None:
    """A message without a key or without a text cannot be made."""
    with pytest.raises(ValueError, match="Length of"):
        _message(**changes)


def test_the_opt_out_url_may_hold_the_key() -> None:
    """The sender's address for opting out has a place for the message key."""
    url = "https://example.com/out?m={message_key}"

    assert Sender(**SENDER, opt_out_url=url).opt_out_url == url


@pytest.mark.parametrize(
    "value",
    [
        _message(),
        Sender(**SENDER, opt_out_phone="0801234567"),
        Capabilities(medium="sms", address_field="phone"),
        DeliveryReceipt(key="k1", outcome=Outcome.UNKNOWN, detail="no answer"),
        RegisteredTemplate(code="A1", variables=(("name", "Mina"),)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_are_values(value: Any) -> None:
    """Equal by content, hashable, frozen, and the same on the other side of a pickle."""
    again = pickle.loads(pickle.dumps(value))
    name = attrs.fields(type(value))[0].name

    assert again == value
    assert hash(again) == hash(value)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(value, name, "x")


def test_words_are_plain_text() -> None:
    """Decisions, purposes, outcomes and reasons compare with the words that tables hold."""
    assert Decision("hold-out") is Decision.HOLD_OUT
    assert Purpose.ADVERTISING == "advertising"
    assert f"{Outcome.RETRY}" == "retry"
    assert [str(reason) for reason in Reason] == [reason.name for reason in Reason]
