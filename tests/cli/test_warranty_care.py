"""``crmlib warranty``: deliveries, exchanges, services, keys, and who is known."""

from collections.abc import Callable
from pathlib import Path

import pytest

from crmlib.cli._warranty_files import open_registry
from crmlib.delivery import utc_now
from crmlib.tables import read_csv
from crmlib.warranty import ConsentAnswer, Registrant

ORDERS = (
    "Buyer,Order,Line,Sold,SKU,Qty,Paid,Where,State,Arrived\n"
    "s1,1,1a,2026-01-05 12:00,chair,1,40,shop,{},2026-01-09 10:00\n"
    ",2,2a,2026-01-05 12:00,chair,1,40,shop,,2026-01-09 10:00\n"
    "m1,7,7a,2026-01-05 12:00,chair,1,40,mall,,{}\n"
)
COLUMNS = {
    "customer_id": "Buyer",
    "order_id": "Order",
    "line_id": "Line",
    "ordered_at": "Sold",
    "product_id": "SKU",
    "quantity": "Qty",
    "amount": "Paid",
    "sales_channel": "Where",
    "status": "State",
}
READ = tuple(part for name, header in COLUMNS.items() for part in ("--column", f"{name}={header}"))
DOMAIN = ("--domain", "https://id.example.com")


@pytest.fixture
def issued(crmlib: Callable, tmp_path: Path) -> Callable:
    """Issue for a file with headers of its own; give what runs ``crmlib warranty`` on it."""
    (tmp_path / "orders.csv").write_text(ORDERS.format("", ""))
    (tmp_path / "gtins.csv").write_text("product_id,gtin\nchair,9506000134352\n")

    def run(command: str, *arguments: object) -> object:
        return crmlib("warranty", command, "orders.csv", *READ, *arguments)

    def issue(out: str, *arguments: object) -> object:
        return run(
            *("issue", "--gtins", "gtins.csv", "--out", out, "--delivered", "Arrived", *DOMAIN),
            *("--timezone", "Asia/Seoul", "--days", 36_500, *arguments),
        )

    run.issue = issue
    assert "2 certificates issued" in issue("links.csv").out
    return run


def test_certificates_begin_after_delivery_and_are_for_unknown_buyers_too(
    issued: Callable, crmlib: Callable, tmp_path: Path
) -> None:
    """What was not delivered gets none yet; a walk-in gets one; 7 days after it arrived."""
    with open_registry("warranty.db", Path("warranty-keys.json")) as book:
        ids = read_csv(tmp_path / "links.csv")["warranty_id"]
        token = book.link(ids[1]).token
        assert str(book.look(token).valid_from) == "2026-01-16 01:00:00+00:00"
    (tmp_path / "orders.csv").write_text(ORDERS.format("", "soon"))
    wrong = issued.issue("more.csv")
    (tmp_path / "orders.csv").write_text(ORDERS.format("", "2026-02-01"))

    assert (wrong.code, "--delivered holds 'soon'" in wrong.err) == (3, True)
    assert "1 certificate issued" in issued.issue("more.csv").out


def test_exchanged_pieces_get_new_links(issued: Callable, tmp_path: Path) -> None:
    """A line that was exchanged has a new link; the next run has nothing more to do."""
    (tmp_path / "orders.csv").write_text(ORDERS.format("swapped", ""))
    arguments = ("exchange", "--status", "swapped", *DOMAIN)
    first = issued(*arguments, "--out", "new.csv")
    again = issued(*arguments, "--out", "newer.csv", "--json")
    taken = issued(*arguments, "--out", "new.csv")

    assert "1 piece exchanged" in first.out
    assert len(read_csv(tmp_path / "new.csv")) == 1
    assert again.json == {"exchanged": 0, "unclear": [], "out": "newer.csv"}
    assert "a new file" in taken.err


def test_unclear_exchanges_are_named(issued: Callable, crmlib: Callable, tmp_path: Path) -> None:
    """Where one of two was exchanged and the file does not say which, their ids are printed."""
    two = ORDERS.format("", "").replace("shop,,", "shop,sold,").replace("chair,1", "chair,2")
    (tmp_path / "orders.csv").write_text(two.replace(",2a,", ",,").replace("2,,", "3,,"))
    issued.issue("more.csv")
    told = two.replace(",2a,", ",,").replace("2,,", "3,,").replace("chair,2", "chair,1")
    (tmp_path / "orders.csv").write_text(told)
    shown = issued("exchange", "--status", "sold", "--out", "new.csv", *DOMAIN).out

    assert all(name in shown for name in read_csv(tmp_path / "more.csv")["warranty_id"][-2:])


def test_services_are_kept(issued: Callable, crmlib: Callable, tmp_path: Path) -> None:
    """What was done to a piece stands in the log of its certificate."""
    (first, _) = read_csv(tmp_path / "links.csv")["warranty_id"]
    shown = crmlib("warranty", "service", first, "leg glued").out
    listed = crmlib("warranty", "service", first, "--json").json

    assert "leg glued" in shown
    assert [event["kind"] for event in listed] == ["issued", "serviced"]


def test_keys_are_made_rotated_and_withdrawn(crmlib: Callable) -> None:
    """A new key signs, the old one verifies, a withdrawn one does neither."""
    crmlib("warranty", "keys", "new")
    again = crmlib("warranty", "keys", "new")
    (first,) = crmlib("warranty", "keys", "list", "--json").json["states"]
    rotated = crmlib("warranty", "keys", "rotate").out
    crmlib("warranty", "keys", "withdraw", first)
    shown = crmlib("warranty", "keys", "list")
    listed = crmlib("warranty", "keys", "list", "--json").json

    assert (again.code, "a new file" in again.err) == (3, True)
    assert sorted(listed["states"].values()) == ["signing", "withdrawn"]
    assert listed["states"][first] == "withdrawn"
    (public,) = listed["public"]["keys"]
    assert public["kid"] in rotated
    assert "d" not in public
    assert first in shown.out


def test_it_is_told_who_is_known(issued: Callable, tmp_path: Path) -> None:
    """Of two buyers in the shop one registers: none was known, half are now."""
    yes = ConsentAnswer(channel="email", purpose="advertising", granted=True, wording="v1")
    who = Registrant(field="email", address="mina@example.com")
    with open_registry("warranty.db", Path("warranty-keys.json")) as book:
        token = book.link(read_csv(tmp_path / "links.csv")["warranty_id"][1]).token
        code = book.request_code(token, who, at=utc_now())
        book.register(token, who, code, [yes], at=utc_now())
    (tmp_path / "profiles.csv").write_text("customer_id,email\nm1,jun@example.com\n")
    (tmp_path / "consents.csv").write_text(
        "customer_id,channel,purpose,granted,at\nm1,email,advertising,yes,2026-01-05T12:00Z\n"
    )

    people = ("--profiles", "profiles.csv", "--consents", "consents.csv")
    rows = {row["sales_channel"]: row for row in issued("known", *people, "--json").json}
    shown = issued("known").out

    assert (rows["shop"]["share_before"], rows["shop"]["share_after"]) == (0, 0.5)
    assert (rows["mall"]["known_before"], rows["mall"]["known_after"]) == (1, 1)
    assert "50%" in shown
    assert "both, or neither" in issued("known", "--profiles", "profiles.csv").err
