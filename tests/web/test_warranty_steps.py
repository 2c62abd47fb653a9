"""Registering and passing on, through the pages."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
from warranty_shop import Form, open_warranty_shop
from web_shop import NOW

from crmlib.messages import DeliveryReceipt, Outcome
from crmlib.tables import check_consents
from crmlib.warranty import DigitalLink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from warranty_shop import WarrantyShop

    from crmlib.delivery import Ledger

ADS, NIGHT = {"advertising-sms": "yes"}, {"night-sms": "yes"}
PHONE = "010-0123-4567"


@pytest.fixture
def shop(ledger: Ledger, tmp_path: Path) -> Iterator[WarrantyShop]:
    """Open a brand's pages."""
    with open_warranty_shop(ledger, f"sqlite:///{tmp_path}/w.db") as made:
        yield made


@pytest.fixture(params=["sqlite", "postgres"])
def any_warranty_shop(
    request: pytest.FixtureRequest, ledger: Ledger, tmp_path: Path
) -> Iterator[WarrantyShop]:
    """Open a brand's pages on a registry in a file, and on a server."""
    url = f"sqlite:///{tmp_path}/w.db"
    if request.param == "postgres":
        server = request.getfixturevalue("server")
        url = server.url(server.make_database())
    with open_warranty_shop(ledger, url) as made:
        yield made


def kinds(shop: WarrantyShop) -> list[str]:
    """Give the events after the certificate was issued."""
    return shop.registry.history()["kind"].to_list()[1:]


def test_a_buyer_registers_and_agrees(shop: WarrantyShop) -> None:
    """Profile, consents with wording, time and proof, and the event: all come of two forms."""
    shop.register(shop.issue(), PHONE, name=" 김민아 ", order="2026-7", **ADS, **NIGHT)

    (profile,) = shop.registry.profiles().to_dict("records")
    assert (profile["name"], profile["phone"], profile["locale"]) == (
        "김민아",
        "+821001234567",
        "ko",
    )
    consents = check_consents(shop.registry.consents())
    assert consents[["channel", "purpose", "granted"]].to_numpy().tolist() == [
        ["sms", "advertising", True],
        ["sms", "night", True],
    ]
    assert (consents["at"] == NOW).all()
    assert consents["wording"].str.match(r"warranty\.agree_\w+/ko/[0-9a-f]{8}$").all()
    assert consents["proof"].to_list() == ["warranty log event 4", "warranty log event 5"]
    assert shop.registry.events()["order_id"].to_list() == ["2026-7"]


def test_an_order_that_is_known_is_not_asked_for(shop: WarrantyShop) -> None:
    """Each field costs registrations: the number of an order is asked for where it is missing."""
    known = shop.ask(shop.issue("1", order_id="7"), "register", PHONE)
    unknown = shop.ask(shop.issue("2"), "register", PHONE)

    assert 'name="order"' not in known.page.text
    assert 'name="order"' in unknown.page.text


def test_consents_are_optional_and_not_ticked(shop: WarrantyShop) -> None:
    """The warranty asks for nothing more than an address; no box is ticked beforehand."""
    link = shop.issue()
    form = shop.ask(link, "register", PHONE)
    form.send(code=shop.code_for(PHONE))

    assert form.page.text.count('type="checkbox"') == 4
    assert " checked" not in form.page.text
    assert kinds(shop) == ["code requested", "registered"]
    assert shop.registry.consents().empty


def test_an_empty_box_takes_nothing_back(shop: WarrantyShop) -> None:
    """Who agreed before, and registers another piece without a word, has not withdrawn."""
    shop.register(shop.issue("1"), PHONE, **ADS)
    shop.register(shop.issue("2"), PHONE)

    assert shop.registry.consents()["granted"].to_list() == [True]


def test_an_email_is_not_asked_for_the_night(shop: WarrantyShop) -> None:
    """E-mail needs no consent of its own for the night."""
    form = shop.ask(shop.issue(), "register", "mina@example.com")

    assert re.findall(r'name="(\w+-\w+)" value="yes"', form.page.text) == ["advertising-email"]


def test_a_second_post_is_harmless(shop: WarrantyShop) -> None:
    """It shows what came of the first: the certificate, registered once."""
    link = shop.issue()
    form = shop.ask(link, "register", PHONE)
    pages = [form.send(code=shop.code_for(PHONE), **ADS) for _ in range(2)]

    assert [page.url.path for page in pages] == [f"/w/{DigitalLink.parse(link).token}"] * 2
    assert "보증이 등록되어 있습니다" in pages[1].text
    assert kinds(shop).count("registered") == len(shop.registry.consents()) == 1


def test_a_month_old_link_works(shop: WarrantyShop) -> None:
    """Forms grow old in two hours, links do not."""
    link = shop.issue()
    form = shop.ask(link, "register", PHONE)
    shop.clock.advance(days=30)

    assert form.send(code=shop.code_for(PHONE)).status_code == 403
    shop.register(link, PHONE)
    assert "registered" in kinds(shop)


def test_a_wrong_code_is_told_and_the_rest_is_kept(shop: WarrantyShop) -> None:
    """The summary leads to the field, which is marked; name and ticks need no second typing."""
    form = shop.ask(shop.issue(), "register", PHONE)
    right = shop.code_for(PHONE)
    wrong = "000000" if right != "000000" else "000001"
    page = form.send(code=wrong, name="민아 <b>", **ADS)

    assert page.status_code == 422
    assert '<a href="#code">' in page.text
    assert 'aria-invalid="true"' in page.text
    assert 'aria-describedby="code-hint code-problem"' in page.text
    assert 'value="민아 &lt;b&gt;"' in page.text
    assert page.text.count(" checked") == 1
    assert kinds(shop) == ["code requested", "refused"]
    spaced = f"{right[:3]} {right[3:]}"
    assert Form.read(shop, page).send(code=spaced).status_code == 200
    assert kinds(shop)[-1] == "registered"


@pytest.mark.parametrize(
    ("contact", "words"),
    [
        pytest.param("", "연락처를 입력", id="empty"),
        pytest.param("mina@", "이메일 주소를 확인", id="email"),
        pytest.param("12", "휴대전화 번호를 확인", id="phone"),
    ],
)
def test_contacts_that_cannot_be_are_told(shop: WarrantyShop, contact: str, words: str) -> None:
    """Nothing goes out, and the page says what is wrong."""
    form = shop.ask(shop.issue(), "register", contact)

    assert form.page.status_code == 422
    assert words in form.page.text
    assert kinds(shop) == []


def test_a_brand_without_phones_asks_for_an_email(ledger: Ledger, tmp_path: Path) -> None:
    """Where codes go by e-mail only, a number is refused, and the field says what it is for."""
    with open_warranty_shop(ledger, f"sqlite:///{tmp_path}/w.db", has_phones=False) as shop:
        form = shop.ask(shop.issue(), "register", PHONE)

    assert form.page.status_code == 422
    assert "이메일 주소를 확인" in form.page.text
    assert 'type="email"' in form.page.text


def test_names_that_are_none_are_told(shop: WarrantyShop) -> None:
    """A name with control characters, or a very long one, and a bent contact register nobody."""
    form = shop.ask(shop.issue(), "register", PHONE)
    code = shop.code_for(PHONE)

    assert "이름은 한 줄" in form.send(code=code, name="A\nB").text
    assert "주문번호는 한 줄" in form.send(code=code, order="1\x07").text
    assert "60자 이내" in form.send(code=code, name="A" * 61).text
    assert form.send(code=code, contact="nobody").status_code == 400
    assert "registered" not in kinds(shop)


def test_a_product_is_passed_on_in_two_steps(shop: WarrantyShop) -> None:
    """The owner gets a code, the next owner enters it; consents do not go along."""
    link = shop.issue()
    shop.register(link, PHONE, **ADS)
    offered = shop.ask(link, "transfer", PHONE).send(code=shop.code_for(PHONE))
    passed_on = re.search(r"<code>([A-Z2-9]{4}(?:-[A-Z2-9]{4}){3})</code>", offered.text)[1]
    form = shop.ask(link, "accept", "jun@example.com")
    wrong = form.send(code=shop.code_for("@"), passed_on="AAAA-AAAA-AAAA-AAAA")
    again = shop.ask(link, "accept", "jun@example.com")
    again.send(code=shop.code_for("@"), passed_on=passed_on.lower(), name="이준")

    assert wrong.status_code == 422
    assert 'name="advertising-email"' in form.page.text
    events = shop.registry.events()
    assert events["event"].to_list() == ["warranty_registered", "warranty_transferred"]
    owners = shop.registry.profiles().set_index("customer_id")["name"]
    assert owners[events["customer_id"].iloc[1]] == "이준"
    assert set(shop.registry.consents()["customer_id"]) == {events["customer_id"].iloc[0]}


def test_a_second_press_is_no_wrong_code(shop: WarrantyShop) -> None:
    """Who accepts twice sees the certificate twice; with one code alone nobody learns anything."""
    link = shop.issue()
    shop.register(link, PHONE, **ADS)
    offered = shop.ask(link, "transfer", PHONE).send(code=shop.code_for(PHONE))
    passed_on = re.search(r"<code>([A-Z2-9-]+)</code>", offered.text)[1]
    form, code = shop.ask(link, "accept", "jun@example.com"), shop.code_for("@")
    other = "AAAA-AAAA-AAAA-AAAA"
    pages = [form.send(code=code, passed_on=passed_on, name="이준") for _ in range(2)]
    guessed = form.send(code=code, passed_on=other)
    strange = shop.ask(link, "accept", "eve@example.com")
    stolen = strange.send(code=shop.code_for("@"), passed_on=passed_on)

    assert [page.url.path for page in pages] == [f"/w/{DigitalLink.parse(link).token}"] * 2
    assert "소유자가 바뀌어" in pages[1].text
    assert kinds(shop).count("transferred") == 1
    assert guessed.status_code == stolen.status_code == 422


def test_nobody_learns_whose_it_is(shop: WarrantyShop) -> None:
    """A stranger with a right code and the owner with a wrong one see the same page."""
    link = shop.issue()
    shop.register(link, PHONE)
    stranger = shop.ask(link, "transfer", "010-0123-9999")
    refused = stranger.send(code=shop.code_for(PHONE))
    owner = shop.ask(link, "transfer", PHONE)
    right = shop.code_for(PHONE)
    mistaken = owner.send(code="000000" if right != "000000" else "000001")

    same = [re.sub(r"\+82\d+|value=\"[^\"]*\"", "", page.text) for page in (refused, mistaken)]
    assert same[0] == same[1]
    assert refused.status_code == mistaken.status_code == 422


def test_a_certificate_that_ended_meanwhile_leads_back(shop: WarrantyShop) -> None:
    """Revoked or over between two forms: both lead to the certificate, which says so."""
    link = shop.issue()
    first = Form.read(shop, shop.get(f"{shop.get(link).url.path}/register"))
    second = shop.ask(link, "register", PHONE)
    code = shop.code_for(PHONE)
    (warranty_id,) = shop.registry.history().query("kind == 'issued'")["warranty_id"]
    shop.registry.revoke(warranty_id, "returned", at=NOW)

    for page in (first.send(contact=PHONE), second.send(code=code)):
        assert page.url.path == f"/w/{DigitalLink.parse(link).token}"
        assert "유효하지 않은 보증서" in page.text
    assert kinds(shop) == ["code requested", "revoked", "refused", "refused"]


def test_a_form_of_elsewhere_does_nothing(shop: WarrantyShop) -> None:
    """Without the proof of this form and link, or from another site, a POST is refused."""
    links = [shop.issue("1"), shop.issue("2")]
    forms = [Form.read(shop, shop.get(f"{shop.get(each).url.path}/register")) for each in links]
    foreign = forms[1].fields | {"contact": PHONE}

    assert shop.client.post(forms[0].action, data={"contact": PHONE}).status_code == 403
    assert shop.client.post(forms[0].action, data=foreign).status_code == 403
    headers = {"Sec-Fetch-Site": "cross-site"}
    own = forms[0].fields | {"contact": PHONE}
    assert shop.client.post(forms[0].action, data=own, headers=headers).status_code == 403
    finish = forms[0].action.removesuffix("/code")
    assert shop.client.post(finish, data=own | {"code": "1"}).status_code == 403
    assert kinds(shop)[1:] == []
    assert not shop.phones.sent


def test_codes_are_few(shop: WarrantyShop) -> None:
    """Six an hour from one place, ten an hour for one product, whoever asks."""
    link = shop.issue()
    for number in range(6):
        shop.ask(link, "register", f"010-0123-{number:04}")
    page = shop.get(f"{shop.get(link).url.path}/register")
    seventh = Form.read(shop, page).send(contact=PHONE)
    elsewhere = [shop.visitor(number).ask(link, "register", PHONE) for number in range(5)]

    assert seventh.status_code == 429
    assert [form.page.status_code for form in elsewhere] == [200] * 4 + [422]
    assert "너무 많이 요청" in elsewhere[-1].page.text
    assert len(shop.phones.sent) == 10
    shop.clock.advance(hours=1, seconds=1)
    assert shop.visitor(9).ask(link, "register", PHONE).page.status_code == 200


def test_a_code_that_was_not_sent_is_told(
    shop: WarrantyShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the provider refuses, the page says so, and asks again."""
    refuse = lambda messages: [DeliveryReceipt(key=messages[0].key, outcome=Outcome.REJECTED)]  # noqa: E731
    monkeypatch.setattr(shop.phones, "send", refuse)
    form = shop.ask(shop.issue(), "register", PHONE)

    assert "보내지 못했습니다" in form.page.text
    assert form.action.endswith("/register/code")


def race(acts: list[Callable[[], str]]) -> list[str]:
    """Start *acts* at once, each in a thread; give what they gave."""
    gate = Barrier(len(acts))

    def run(act: Callable[[], str]) -> str:
        gate.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(run, acts))


def prepare(shop: WarrantyShop, link: str, step: str, **more: str) -> list[Callable[[], str]]:
    """Let four people come as far as the last button; give what presses each."""
    acts = []
    for number in range(4):
        contact = f"p{number}@example.com"
        form = shop.visitor(number).ask(link, step, contact)
        code = shop.code_for(contact)
        acts.append(lambda form=form, code=code: str(form.send(code=code, **more).status_code))
    return acts


def test_one_of_those_who_race_wins(any_warranty_shop: WarrantyShop) -> None:
    """Four press register at once: one owner, three refusals in the log; so with a transfer."""
    shop = any_warranty_shop
    link = shop.issue()
    assert race(prepare(shop, link, "register")) == ["200"] * 4  # all see it registered

    assert len(shop.registry.profiles()) == 1
    assert kinds(shop).count("registered") == 1
    assert shop.registry.history()["detail"].str.contains("registered already").sum() == 3
    owner = shop.registry.profiles().loc[0, "email"]
    shop.clock.advance(hours=2)
    offered = shop.ask(link, "transfer", owner).send(code=shop.code_for(owner))
    passed_on = re.search(r"<code>([A-Z2-9-]+)</code>", offered.text)[1]
    assert race(prepare(shop, link, "accept", passed_on=passed_on)) == ["200"] + ["422"] * 3
    assert kinds(shop).count("transferred") == 1
    assert shop.registry.verify_log().broken_at is None
