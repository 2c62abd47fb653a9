"""The registry: one certificate per piece, one owner at a time, and a log that cannot be bent."""

from __future__ import annotations

import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from threading import Barrier
from typing import TYPE_CHECKING

import attrs
import pytest
from warranty_facts import AT, JUN, KEYS, MINA, make_piece

from crmlib.exceptions import (
    InvalidAddressError,
    InvalidParameterError,
    LedgerUnavailableError,
    MissingExtraError,
    UnreadableFileError,
    UnsafeTextError,
    UnsupportedFeatureError,
    WarrantyRefusedError,
)
from crmlib.warranty import (
    ConsentAnswer,
    KeyRing,
    Refusal,
    Registrant,
    TokenFacts,
    WarrantyRegistry,
    sign_token,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

YES = ConsentAnswer(channel="email", purpose="advertising", granted=True, wording="2026-11")
MINUTE = timedelta(minutes=1)


def register(registry: WarrantyRegistry, token: str, who: Registrant = MINA) -> str:
    """Register by a code, as the page does."""
    return registry.register(token, who, registry.request_code(token, who, at=AT), [YES], at=AT)


def refusal(act: Callable[[], object]) -> str:
    """Give the reason for which *act* is refused."""
    with pytest.raises(WarrantyRefusedError) as caught:
        act()
    return caught.value.reason


def race(acts: list[Callable[[], object]]) -> list[str]:
    """Start *acts* at once, each in a thread; give what became of each: "won" or the reason."""
    gate = Barrier(len(acts))

    def run(act: Callable[[], object]) -> str:
        gate.wait()
        try:
            act()
        except WarrantyRefusedError as error:
            return error.reason
        return "won"

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(run, acts))


def test_a_piece_is_verified_registered_and_found_again(
    registry: WarrantyRegistry, token: str
) -> None:
    """Verifying shows the piece and whether it has an owner, and nothing about who that is."""
    before = registry.verify(token, at=AT)
    owner = register(registry, token)
    after = registry.verify(token, at=AT)

    assert (before.is_registered, after.is_registered) == (False, True)
    assert attrs.evolve(after, is_registered=False) == before
    assert registry.profiles().loc[0, ["customer_id", "name", "email"]].to_list() == [
        owner,
        "김민아",
        "mina@example.com",
    ]
    assert "mina" not in repr(MINA).lower()


def test_there_is_one_certificate_per_piece(registry: WarrantyRegistry) -> None:
    """A second for one GTIN and serial is refused; in bulk what is there already is left."""
    first = registry.issue(make_piece("S1", lot="L1"), at=AT)

    with pytest.raises(InvalidParameterError, match="one without a certificate"):
        registry.issue(make_piece("S1"), at=AT)
    issued = registry.issue_many([make_piece("S1"), make_piece("S2"), make_piece("S2")], at=AT)
    assert [certificate.serial for certificate in issued] == ["S2"]
    assert registry.link(first.warranty_id).lot == "L1"


def test_a_certificate_is_pending_then_good_then_over(registry: WarrantyRegistry) -> None:
    """Before it begins and after it ends it is refused, each with its reason."""
    piece = make_piece(valid_from=AT + MINUTE)
    token = registry.link(registry.issue(piece, at=AT).warranty_id).token

    assert refusal(lambda: registry.verify(token, at=AT)) == Refusal.NOT_YET_VALID
    assert registry.verify(token, at=AT + MINUTE).serial == "S1"
    assert refusal(lambda: registry.verify(token, at=piece.expires_at)) == Refusal.EXPIRED
    with pytest.raises(InvalidParameterError, match="after valid_from"):
        make_piece(valid_from=AT, expires_at=AT)


def test_forged_and_foreign_tokens_are_refused_and_logged(
    registry: WarrantyRegistry, token: str
) -> None:
    """A forged token, one of another registry and a guessed serial are refused, and counted."""
    facts = TokenFacts(
        warranty_id="x", gtin="9506000134352", serial="S1", issued_at=AT, expires_at=AT + MINUTE
    )
    foreign = sign_token(facts, KEYS)
    guessed = sign_token(facts, KeyRing.generate())

    assert refusal(lambda: registry.verify(token[:-9] + "AAAAAAAAA", at=AT)) == "bad signature"
    assert refusal(lambda: registry.verify(foreign, at=AT)) == Refusal.UNKNOWN
    assert refusal(lambda: register(registry, guessed)) == Refusal.UNKNOWN_KEY
    refused = registry.history().query("kind == 'refused'")
    assert refused["detail"].to_list() == [
        '{"reason":"bad signature"}',
        '{"reason":"unknown"}',
        '{"reason":"unknown key"}',
    ]


def test_a_code_works_once_for_ten_minutes_and_five_tries(
    registry: WarrantyRegistry, token: str
) -> None:
    """A wrong, late, replayed or foreign code registers nobody; five wrong tries void it."""
    code = registry.request_code(token, MINA, at=AT)
    wrong = "000000" if code != "000000" else "000001"
    late = AT + 10 * MINUTE

    assert refusal(lambda: registry.register(token, JUN, code, at=AT)) == Refusal.BAD_CODE
    assert refusal(lambda: registry.register(token, MINA, code, at=late)) == Refusal.BAD_CODE
    for _ in range(5):
        assert refusal(lambda: registry.register(token, MINA, wrong, at=AT)) == "bad code"
    assert refusal(lambda: registry.register(token, MINA, code, at=AT)) == Refusal.BAD_CODE
    again = registry.request_code(token, MINA, at=AT)
    assert refusal(lambda: registry.register(token, MINA, again, at=AT)) == Refusal.BAD_CODE
    fresh = registry.request_code(token, MINA, at=late + MINUTE)
    assert registry.register(token, MINA, fresh, at=late + MINUTE)
    replayed = lambda: registry.offer_transfer(token, MINA, fresh, at=late + MINUTE)  # noqa: E731
    assert refusal(replayed) == Refusal.BAD_CODE


def test_one_of_two_who_race_for_a_certificate_wins(
    registry: WarrantyRegistry, token: str, open_registry: Callable[[], WarrantyRegistry]
) -> None:
    """Of eight people with codes of their own one becomes the owner, the others are told."""
    people = [Registrant(field="email", address=f"p{n}@example.com") for n in range(8)]
    codes = [registry.request_code(token, who, at=AT) for who in people]
    other = open_registry()

    ends = race(
        [
            lambda who=who, code=code, book=book: book.register(token, who, code, [YES], at=AT)
            for who, code, book in zip(people, codes, [registry, other] * 4, strict=True)
        ]
    )
    other.close()

    assert ends == ["registered already"] * 7 + ["won"]
    assert len(registry.profiles()) == len(registry.consents()) == 1
    assert registry.verify_log().broken_at is None


def test_one_of_two_who_race_for_a_transfer_wins(registry: WarrantyRegistry, token: str) -> None:
    """Of several people who were given one transfer code, one becomes the next owner."""
    register(registry, token)
    proof = registry.request_code(token, MINA, at=AT)
    passed_on = registry.offer_transfer(token, MINA, proof, at=AT)
    people = [Registrant(field="email", address=f"p{n}@example.com") for n in range(4)]
    codes = [registry.request_code(token, who, at=AT) for who in people]

    ends = race(
        [
            lambda who=who, code=code: registry.accept_transfer(token, passed_on, who, code, at=AT)
            for who, code in zip(people, codes, strict=True)
        ]
    )

    assert ends == ["bad code"] * 3 + ["won"]
    assert registry.history()["kind"].to_list().count("transferred") == 1
    assert registry.verify_log().broken_at is None


def test_a_mistyped_transfer_code_uses_nothing_up(registry: WarrantyRegistry, token: str) -> None:
    """Who mistypes it tries again with both codes; five tries void their own code alone."""
    register(registry, token)
    proof = registry.request_code(token, MINA, at=AT)
    passed_on = registry.offer_transfer(token, MINA, proof, at=AT)
    stranger = Registrant(field="email", address="stranger@example.com")

    def accept(who: Registrant, letters: str, code: str) -> str:
        return registry.accept_transfer(token, letters, who, code, at=AT)

    guess = registry.request_code(token, stranger, at=AT)
    for _ in range(5):
        assert refusal(lambda: accept(stranger, "X" * 16, guess)) == Refusal.BAD_CODE
    assert refusal(lambda: accept(stranger, passed_on, guess)) == Refusal.BAD_CODE
    code = registry.request_code(token, JUN, at=AT)
    assert refusal(lambda: accept(JUN, passed_on[:-1], code)) == Refusal.BAD_CODE
    wrong = "000000" if code != "000000" else "000001"
    assert refusal(lambda: accept(JUN, passed_on, wrong)) == Refusal.BAD_CODE
    owner = accept(JUN, passed_on, code)
    before = registry.verify_log()
    assert accept(JUN, passed_on, code) == owner
    assert registry.verify_log() == before


def test_links_of_many_pieces_are_no_way_to_write_to_a_stranger(
    registry: WarrantyRegistry,
) -> None:
    """An address that uses no code gets ten an hour in all; one that uses them, any number."""
    pieces = registry.issue_many([make_piece(f"S{n}") for n in range(12)], at=AT)
    tokens = [registry.link(piece.warranty_id).token for piece in pieces]
    asked = [lambda token=token: registry.request_code(token, JUN, at=AT) for token in tokens]
    for ask in asked[:10]:
        ask()
    later = AT + 70 * MINUTE + timedelta(seconds=1)

    assert [refusal(ask) for ask in asked[10:]] == [Refusal.TOO_MANY_CODES] * 2
    assert refusal(asked[0]) == Refusal.TOO_MANY_CODES
    assert all(register(registry, token) for token in tokens)
    assert refusal(lambda: registry.request_code(tokens[0], JUN, at=AT)) == "too many codes"
    assert registry.request_code(tokens[0], JUN, at=later)


def test_who_registers_twice_is_one_owner(registry: WarrantyRegistry, token: str) -> None:
    """The address tells owners apart; what was said last is kept."""
    other = registry.link(registry.issue(make_piece("S2"), at=AT).warranty_id).token
    renamed = Registrant(field="email", address=MINA.address, name="Mina Kim")

    assert register(registry, token) == register(registry, other, renamed)
    assert registry.profiles()[["name", "locale"]].to_numpy().tolist() == [["Mina Kim", "ko"]]


def test_only_the_owner_transfers(registry: WarrantyRegistry, token: str) -> None:
    """Nobody else can offer a piece, nor take one that has no owner; after it, the next can."""
    code = registry.request_code(token, JUN, at=AT)
    take = lambda: registry.accept_transfer(token, "X", JUN, code, at=AT)  # noqa: E731
    give = lambda: registry.offer_transfer(token, JUN, code, at=AT)  # noqa: E731

    assert refusal(take) == refusal(give) == Refusal.NOT_REGISTERED
    register(registry, token)
    assert refusal(give) == Refusal.NOT_REGISTERED
    assert refusal(lambda: register(registry, token, JUN)) == Refusal.REGISTERED
    passed_on = registry.offer_transfer(
        token, MINA, registry.request_code(token, MINA, at=AT), at=AT
    )
    jun = registry.accept_transfer(
        token, passed_on, JUN, registry.request_code(token, JUN, at=AT), at=AT
    )
    assert registry.events()["event"].to_list() == ["warranty_registered", "warranty_transferred"]
    assert registry.events().loc[1, "customer_id"] == jun
    assert refusal(
        lambda: registry.offer_transfer(
            token, MINA, registry.request_code(token, MINA, at=AT), at=AT
        )
    ) == (Refusal.NOT_REGISTERED)


def test_a_revoked_certificate_does_nothing_more(registry: WarrantyRegistry, token: str) -> None:
    """It is refused by its reason, keeps its log, and cannot be revoked twice."""
    warranty_id = registry.verify(token, at=AT).warranty_id
    registry.record_service(warranty_id, "battery changed", at=AT)
    registry.revoke(warranty_id, "counterfeit", at=AT)

    assert refusal(lambda: registry.verify(token, at=AT)) == Refusal.REVOKED
    assert refusal(lambda: register(registry, token)) == Refusal.REVOKED
    assert refusal(lambda: registry.revoke(warranty_id, "again", at=AT)) == Refusal.REVOKED
    assert refusal(lambda: registry.link("nobody")) == Refusal.UNKNOWN
    history = registry.history(warranty_id)
    assert history["kind"].to_list() == ["issued", "serviced", "revoked", "refused", "refused"]
    assert history.loc[1, "detail"] == '{"work":"battery changed"}'


def test_the_log_names_nobody(registry: WarrantyRegistry, token: str) -> None:
    """Neither address nor name of an owner stands in the log or in the token."""
    register(registry, token)
    text = registry.history().to_csv() + token

    assert "mina" not in text.lower()
    assert "김민아" not in text


def test_an_owner_can_be_forgotten(registry: WarrantyRegistry, token: str) -> None:
    """Erasure leaves no address, consent or code; the piece can be registered, the log holds."""
    owner = register(registry, token)
    passed_on = registry.offer_transfer(
        token, MINA, registry.request_code(token, MINA, at=AT), at=AT
    )
    registry.erase(owner, at=AT)

    assert not len(registry.profiles())
    assert not len(registry.consents())
    assert not len(registry.events())
    register(registry, token)
    code = registry.request_code(token, JUN, at=AT)
    take = lambda: registry.accept_transfer(token, passed_on, JUN, code, at=AT)  # noqa: E731
    assert refusal(take) == Refusal.BAD_CODE
    assert registry.verify_log().broken_at is None


@pytest.mark.parametrize(
    "bend",
    [
        "UPDATE crmlib_warranty_events SET kind = 'sold' WHERE number = 2",
        "DELETE FROM crmlib_warranty_events WHERE number = 2",
        "DELETE FROM crmlib_warranty_events WHERE number = 4",
    ],
    ids=["changed", "cut out", "cut off"],
)
def test_a_bent_log_is_found(tmp_path: Path, bend: str) -> None:
    """The database refuses to change the log; where that was switched off, the hashes tell."""
    url = f"sqlite:///{tmp_path}/w.db"
    with WarrantyRegistry(url, keys=KEYS, domain="https://id.example.com") as registry:
        registry.issue_many([make_piece(f"S{n}") for n in range(2)], at=AT)
        head = registry.verify_log().head
        registry.issue_many([make_piece(f"S{n}") for n in range(2, 4)], at=AT)
        assert registry.verify_log(head).broken_at is None
        assert registry.verify_log("f" * 64).broken_at == 5
    number = int(bend[-1])
    database = sqlite3.connect(tmp_path / "w.db")
    with pytest.raises(sqlite3.IntegrityError, match="only added to"):
        database.execute(bend)
    database.execute("DROP TRIGGER crmlib_warranty_events_no_update")
    database.execute("DROP TRIGGER crmlib_warranty_events_no_delete")
    database.execute(bend)
    database.commit()
    database.close()

    with WarrantyRegistry(url, keys=KEYS, domain="https://id.example.com") as registry:
        assert registry.verify_log().broken_at == number


def test_a_server_refuses_to_change_the_log(registry: WarrantyRegistry, token: str) -> None:
    """Neither change nor deletion of an event is possible, on either database."""
    assert token
    for bend in (
        "UPDATE crmlib_warranty_events SET kind = 'x'",
        "DELETE FROM crmlib_warranty_events",
    ):
        with (
            pytest.raises(LedgerUnavailableError, match="the database refused"),
            registry._store.write() as connection,
        ):
            connection.exec_driver_sql(bend)
    assert registry.verify_log().broken_at is None


def test_a_database_that_is_no_registry_is_refused(tmp_path: Path) -> None:
    """Other files, other schemas, other databases and memory are refused in plain words."""
    parts = {"keys": KEYS, "domain": "https://id.example.com"}
    (tmp_path / "text.db").write_text("no database, but a text of some length" * 40)

    with pytest.raises(LedgerUnavailableError, match="SQLITE_NOTADB"):
        WarrantyRegistry(f"sqlite:///{tmp_path}/text.db", **parts)
    with pytest.raises(UnsupportedFeatureError, match="memory"):
        WarrantyRegistry("sqlite://", **parts)
    with pytest.raises(UnsupportedFeatureError, match="mysql"):
        WarrantyRegistry("mysql://x/y", **parts)
    with pytest.raises(InvalidParameterError, match="url must be like"):
        WarrantyRegistry("warranty.db", **parts)
    url = f"sqlite:///{tmp_path}/w.db"
    WarrantyRegistry(url, **parts).close()
    database = sqlite3.connect(tmp_path / "w.db")
    database.execute("UPDATE crmlib_warranty_registry SET schema_version = 99")
    database.commit()
    database.close()
    with pytest.raises(UnreadableFileError, match="schema 99"):
        WarrantyRegistry(url, **parts)


def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without psycopg the error says what to install."""
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(MissingExtraError, match=r"crmlib\[postgres\]"):
        WarrantyRegistry("postgresql://x/y", keys=KEYS, domain="https://id.example.com")


def test_who_registers_gives_an_address_and_plain_words() -> None:
    """Addresses that are none, and names with control characters, are refused unrepeated."""
    with pytest.raises(InvalidAddressError, match="email cannot be used"):
        Registrant(field="email", address="nobody")
    with pytest.raises(UnsafeTextError, match="name"):
        Registrant(field="email", address="a@example.com", name="A\nB")
    with pytest.raises(ValueError, match="purpose"):
        ConsentAnswer(channel="email", purpose="all", granted=True, wording="v1")
    with pytest.raises(InvalidParameterError, match="the version of the text"):
        ConsentAnswer(channel="email", purpose="night", granted=True, wording="")


def test_who_finds_no_connection_is_told_to_come_again(url: str) -> None:
    """More at once than there are connections: as if it were locked, and no error of ours."""
    with WarrantyRegistry(
        url, keys=KEYS, domain="https://id.example.com", busy_timeout_seconds=0.05
    ) as registry:
        with ExitStack() as stack:
            for _ in range(15):  # as many as SQLAlchemy opens by default
                stack.enter_context(registry._store.read())
            with pytest.raises(LedgerUnavailableError, match="all its connections are in use"):
                registry.sales()

        assert registry.sales().empty
