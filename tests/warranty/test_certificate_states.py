"""How certificates stand, and looking at them changes nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from warranty_facts import AT, JUN, KEYS, MINA, make_piece

from crmlib.exceptions import InvalidParameterError, WarrantyRefusedError
from crmlib.warranty import (
    CertificateState,
    ConsentAnswer,
    KeyRing,
    Refusal,
    Registrant,
    TokenFacts,
    sign_token,
)

if TYPE_CHECKING:
    from crmlib.warranty import WarrantyRegistry

DAY = timedelta(days=1)


def test_a_certificate_says_how_it_stands(registry: WarrantyRegistry) -> None:
    """Pending, open, registered, transferred, expired, revoked: each in its time."""
    piece = make_piece(valid_from=AT)
    warranty_id = registry.issue(piece, at=AT).warranty_id
    token = registry.link(warranty_id).token
    seen = [registry.look(token).state(AT - DAY), registry.look(token).state(AT)]
    registry.register(token, MINA, registry.request_code(token, MINA, at=AT), at=AT)
    seen.append(registry.look(token).state(AT))
    passed_on = registry.offer_transfer(
        token, MINA, registry.request_code(token, MINA, at=AT), at=AT
    )
    code = registry.request_code(token, JUN, at=AT)
    registry.accept_transfer(token, passed_on, JUN, code, at=AT)
    seen += [registry.look(token).state(AT), registry.look(token).state(piece.expires_at)]
    registry.revoke(warranty_id, "counterfeit", at=AT)
    seen.append(registry.look(token).state(AT))

    assert seen == list(CertificateState)
    with pytest.raises(InvalidParameterError, match="at must be"):
        registry.look(token).state(AT.replace(tzinfo=None))


def test_looking_changes_nothing(registry: WarrantyRegistry, token: str) -> None:
    """Neither a good look nor a refused one leaves an event."""
    before = registry.verify_log()
    foreign = TokenFacts(
        warranty_id="x", gtin="9506000134352", serial="S1", issued_at=AT, expires_at=AT + DAY
    )

    assert registry.look(token).serial == "S1"
    for bad, reason in (
        (sign_token(foreign, KEYS), Refusal.UNKNOWN),
        (sign_token(foreign, KeyRing.generate()), Refusal.UNKNOWN_KEY),
        (token[:-9] + "AAAAAAAAA", Refusal.BAD_SIGNATURE),
    ):
        with pytest.raises(WarrantyRefusedError) as caught:
            registry.look(bad)
        assert caught.value.reason == reason
    assert registry.verify_log() == before


def test_a_named_order_counts_where_none_is_known(registry: WarrantyRegistry) -> None:
    """What the buyer says of the order fills the gap, and never writes over what was sold."""
    links = [
        registry.link(registry.issue(make_piece(serial, order_id=order), at=AT).warranty_id)
        for serial, order in (("S1", None), ("S2", "7"))
    ]
    who = Registrant(field="email", address="mina@example.com", order_id="2026-1")
    for link in links:
        code = registry.request_code(link.token, who, at=AT)
        registry.register(link.token, who, code, at=AT)

    assert registry.events()["order_id"].to_list() == ["2026-1", "7"]


def test_each_answer_is_proven_by_its_event(registry: WarrantyRegistry, token: str) -> None:
    """The log holds what was answered, when, and to which wording, at the number of the proof."""
    answers = [
        ConsentAnswer(channel="email", purpose="advertising", granted=True, wording="v3"),
        ConsentAnswer(channel="sms", purpose="advertising", granted=False, wording="v3"),
    ]
    code = registry.request_code(token, MINA, at=AT)
    owner = registry.register(token, MINA, code, answers, at=AT)

    log = registry.history().set_index("number")
    for proof, kind, medium in zip(
        registry.consents()["proof"],
        ("consent granted", "consent refused"),
        ("email", "sms"),
        strict=True,
    ):
        event = log.loc[int(proof.removeprefix("warranty log event "))]
        assert (event["kind"], event["owner_id"]) == (kind, owner)
        assert event["detail"] == (
            f'{{"channel":"{medium}","purpose":"advertising","wording":"v3"}}'
        )
