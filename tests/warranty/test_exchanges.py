"""Exchanged pieces: the warranty goes on with the piece that came in place."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from warranty_facts import AT, MINA, make_piece

from crmlib.exceptions import InvalidParameterError, MissingColumnsError, WarrantyRefusedError
from crmlib.tables import make_transactions
from crmlib.warranty import CertificateState

if TYPE_CHECKING:
    from crmlib.warranty import Certificate, WarrantyRegistry

DAY = timedelta(days=1)
GTINS = {"chair": "9506000134352"}
LINES = pd.DataFrame(
    {
        "customer_id": ["s1", "m1"],
        "order_id": ["1", "7"],
        "line_id": ["1a", "7a"],
        "ordered_at": ["2026-11-20T12:00Z"] * 2,
        "product_id": ["chair", "chair"],
        "quantity": [1, 2],
        "amount": [40.0, 80.0],
        "sales_channel": ["mall", "mall"],
        "status": ["", ""],
    }
)


def issue(registry: WarrantyRegistry, lines: pd.DataFrame = LINES) -> tuple[Certificate, ...]:
    """Issue for *lines*."""
    table = make_transactions(lines).table
    return registry.issue_for_orders(table, GTINS, at=AT, lasting=730 * DAY)


def test_the_piece_in_place_has_the_owner_and_the_end_of_the_old(
    registry: WarrantyRegistry, token: str
) -> None:
    """The old certificate is revoked; the new one is registered to the same owner, as long."""
    old = registry.look(token)
    owner = registry.register(token, MINA, registry.request_code(token, MINA, at=AT), at=AT)

    new = registry.exchange(old.warranty_id, serial="S9", at=AT + DAY)

    assert registry.look(token).state(AT + DAY) is CertificateState.REVOKED
    assert (new.serial, new.gtin, new.is_registered) == ("S9", old.gtin, True)
    assert (new.valid_from, new.expires_at) == (AT + DAY, old.expires_at)
    assert registry.verify(registry.link(new.warranty_id).token, at=AT + DAY) == new
    events = registry.history(new.warranty_id)
    assert events[["kind", "owner_id"]].to_numpy().tolist() == [["issued", owner]]
    assert old.warranty_id in events.loc[0, "detail"]
    with pytest.raises(WarrantyRefusedError, match="was revoked"):
        registry.exchange(old.warranty_id, at=AT + DAY)
    with pytest.raises(InvalidParameterError, match="check digit"):
        registry.exchange(new.warranty_id, gtin="9506000134353", at=AT + DAY)


def test_an_exchange_before_the_begin_or_after_the_end_keeps_the_dates(
    registry: WarrantyRegistry,
) -> None:
    """Where the old one did not hold, the new one holds from and until when the old one did."""
    piece = make_piece(valid_from=AT + DAY)
    early = registry.exchange(registry.issue(piece, at=AT).warranty_id, at=AT)
    late = registry.exchange(early.warranty_id, at=piece.expires_at + DAY)

    assert (early.valid_from, late.valid_from) == (AT + DAY, AT + DAY)
    assert (early.expires_at, late.expires_at) == (piece.expires_at, piece.expires_at)


def test_lines_of_a_later_file_are_exchanged_once(registry: WarrantyRegistry) -> None:
    """A line whose status says so gets a new piece, however often the file is read."""
    issue(registry)
    later = make_transactions(LINES.assign(status=["교환완료", "배송완료"])).table

    first = registry.exchange_lines(later, ["교환완료"], at=AT)
    again = registry.exchange_lines(later, ["교환완료"], at=AT)

    assert (len(first.issued), first.unclear) == (1, ())
    assert (again.issued, again.unclear) == ((), ())
    assert issue(registry) == ()  # nor does the same file make it a second certificate
    with pytest.raises(MissingColumnsError, match="status"):
        registry.exchange_lines(later.drop(columns="status"), ["교환완료"], at=AT)


def test_what_replaced_a_piece_can_come_back_itself(registry: WarrantyRegistry) -> None:
    """After an exchange a return ends the warranty of the piece in place, not nothing."""
    issue(registry)
    later = make_transactions(LINES.assign(status=["교환완료", ""])).table
    (new,) = registry.exchange_lines(later, ["교환완료"], at=AT).issued
    back = LINES.iloc[[0]].assign(quantity=-1, amount=-40.0, line_id="1b")

    ended = registry.revoke_returns(make_transactions(back), at=AT)

    assert ended.revoked == (new.warranty_id,)


def test_one_of_two_exchanged_pieces_is_for_a_person(registry: WarrantyRegistry) -> None:
    """Where a file does not say which of two was exchanged, both are named, until one was."""
    mall = [each.warranty_id for each in issue(registry)][1:]
    told = make_transactions(LINES.iloc[[1]].assign(quantity=1, status="exchange")).table

    assert sorted(registry.exchange_lines(told, ["exchange"], at=AT).unclear) == sorted(mall)
    registry.exchange(mall[0], at=AT)
    done = registry.exchange_lines(told, ["exchange"], at=AT)
    assert (done.issued, done.unclear) == ((), ())


def test_an_exchange_booked_as_return_and_sale_is_one(registry: WarrantyRegistry) -> None:
    """Revoking the return and issuing the new line ends the old piece and begins the new."""
    (old, *_) = issue(registry)
    back = LINES.iloc[[0]].assign(quantity=-1, amount=-40.0, line_id="1b")
    new = LINES.iloc[[0]].assign(line_id="1c", ordered_at="2026-11-25T12:00Z")
    later = make_transactions(pd.concat([LINES, back, new], ignore_index=True))

    for _ in range(2):  # the file may come twice
        registry.revoke_returns(later, at=AT)
        issue(registry, pd.concat([LINES, back, new], ignore_index=True))

    kinds = registry.history()["kind"].to_list()
    assert (kinds.count("issued"), kinds.count("revoked")) == (4, 1)
    assert registry.history(old.warranty_id)["kind"].to_list() == ["issued", "revoked"]
