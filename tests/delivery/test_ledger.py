"""The ledger as a file: opening it, what it holds, what it tells."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from plans_to_deliver import NOON, Clock, FakeChannel, answering, make_plan

from crmlib.delivery import Ledger, deliver
from crmlib.exceptions import (
    InvalidAddressError,
    InvalidParameterError,
    InvalidTableError,
    LedgerUnavailableError,
    MissingColumnsError,
    UnknownNameError,
    UnreadableFileError,
    UnsupportedFeatureError,
)
from crmlib.messages import Outcome

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "url",
    ["sqlite://", "sqlite:///:memory:", "sqlite:///file:crm?mode=memory&uri=true"],
    ids=["nameless", "memory", "uri"],
)
def test_a_ledger_in_memory_is_refused(url: str) -> None:
    """A ledger that a crash wipes out can promise nothing."""
    with pytest.raises(UnsupportedFeatureError, match=r'name a file, like "sqlite:///crm.db"'):
        Ledger(url)


def test_a_server_of_another_kind_is_refused_with_the_way_out() -> None:
    """The error names what works, and no password."""
    with pytest.raises(UnsupportedFeatureError, match=r"'mysql' cannot be opened") as caught:
        Ledger("mysql://crm:secret@db.example/crm")

    assert "secret" not in str(caught.value)


def test_a_path_is_no_url() -> None:
    """A bare path is answered with how to write it."""
    with pytest.raises(InvalidParameterError, match="url must be like"):
        Ledger("crm.db")


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
def test_the_busy_timeout_is_a_span(url: str, seconds: float) -> None:
    """How long to wait is 0 or more seconds, and has an end."""
    with pytest.raises(InvalidParameterError, match="busy_timeout_seconds"):
        Ledger(url, busy_timeout_seconds=seconds)
    with pytest.raises(InvalidParameterError, match="busy_timeout_seconds"):
        Ledger.adopt(url, busy_timeout_seconds=seconds)


def test_a_text_file_is_no_ledger(tmp_path: Path) -> None:
    """A file that is no database is left as it is."""
    path = tmp_path / "orders.csv"
    path.write_text("customer_id,amount\n" * 100)

    with pytest.raises(UnreadableFileError, match="it is no ledger"):
        Ledger(f"sqlite:///{path}")
    assert path.read_text().startswith("customer_id")


def test_a_database_of_another_program_is_no_ledger(tmp_path: Path) -> None:
    """A ledger has a file of its own."""
    with sqlite3.connect(tmp_path / "shop.db") as other:
        other.execute("CREATE TABLE orders (id INTEGER)")
    other.close()

    with pytest.raises(UnreadableFileError, match=r"of another program .*'orders'"):
        Ledger(f"sqlite:///{tmp_path}/shop.db")


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    """The folder of a ledger is not made by guesswork."""
    with pytest.raises(LedgerUnavailableError, match="check that its folder is there"):
        Ledger(f"sqlite:///{tmp_path}/none/crm.db")


def test_a_locked_ledger_is_said(sqlite_url: str, tmp_path: Path) -> None:
    """A ledger that another program keeps locked is unavailable, with the way out."""
    locker = sqlite3.connect(tmp_path / "crm.db", isolation_level=None)
    locker.execute("BEGIN EXCLUSIVE")

    with pytest.raises(LedgerUnavailableError, match="keeps it locked; wait for that program"):
        Ledger(sqlite_url, busy_timeout_seconds=0)
    locker.close()


def test_a_new_ledger_waits_for_others_who_make_it(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where SQLite refuses without waiting, as it does for a new file, the ledger waits."""
    maker = sqlite3.connect(tmp_path / "crm.db", isolation_level=None)
    maker.execute("BEGIN EXCLUSIVE")
    monkeypatch.setattr(
        "crmlib.databases._sqlite_engine.sleep", lambda seconds: maker.execute("ROLLBACK")
    )
    Ledger(sqlite_url).close()

    assert not maker.in_transaction
    maker.close()


def test_a_ledger_that_another_writes_to_can_be_read(ledger: Ledger, url: str) -> None:
    """Looking at the status waits for nobody who sends."""
    with (
        ledger.store.write(),
        Ledger(url, busy_timeout_seconds=0) as reader,
    ):
        assert reader.status().empty


def test_an_error_that_is_not_known_is_not_dressed_up(ledger: Ledger) -> None:
    """A bug shows as what it is."""
    with (
        pytest.raises(Exception, match="nowhere") as caught,
        ledger.store.read() as connection,
    ):
        connection.exec_driver_sql("SELECT * FROM nowhere")

    assert not isinstance(caught.value, LedgerUnavailableError)


def test_commits_are_on_the_disk(sqlite_ledger: Ledger) -> None:
    """Each connection writes ahead and syncs fully, and keeps references whole."""
    with sqlite_ledger.store.read() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }

    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 50,
    }


def test_two_workers_may_make_the_ledger_at_once(url: str) -> None:
    """Who comes second finds the tables of the first, and the same salt."""
    with Ledger(url) as first:
        first.store._create()
        with Ledger(url) as second:
            assert first.store.endpoint_hash("a") == second.store.endpoint_hash("a")


def test_the_ledger_holds_neither_addresses_nor_texts(sqlite_url: str, tmp_path: Path) -> None:
    """No file of the ledger holds an address or a word of a message, whatever a provider says."""
    plan = make_plan(3, text="Thirty percent off")
    refusal = answering(Outcome.REJECTED, detail="550 <C000@Example.com> unknown")
    channels = {"fake": FakeChannel(refusal)}
    with Ledger(sqlite_url) as ledger:
        deliver(plan, ledger, approved=plan.digest, channels=channels, clock=Clock(), batch_size=2)
        ledger.suppress("email", "mina@example.com", at=NOON, source="opt-out page")
        detail = ledger.deliveries("winback")["detail"][0]
        files = [path.read_bytes() for path in tmp_path.iterdir() if path.is_file()]
    stored = b"".join(files).lower()

    assert detail == "550 <…> unknown"
    assert b"c000" in stored
    for secret in (b"c000@example.com", b"mina@", b"thirty", b"name 1", b"we miss you"):
        assert secret not in stored


def test_two_ledgers_hash_one_address_differently(tmp_path: Path) -> None:
    """The salt of a ledger keeps its hashes from being looked up in another's."""
    with (
        Ledger(f"sqlite:///{tmp_path}/a.db") as one,
        Ledger(f"sqlite:///{tmp_path}/b.db") as two,
    ):
        hashes = {book.store.endpoint_hash("mina@example.com") for book in (one, two)}

    assert len(hashes) == 2


def test_suppressed_addresses_are_found_in_any_spelling(ledger: Ledger) -> None:
    """The suppression list answers for a column of addresses; what is no address is passed by."""
    ledger.suppress("email", "Mina@Example.com", at=NOON, source="opt-out page")
    ledger.suppress("email", "mina@example.com", at=NOON, source="hard bounce")
    ledger.suppress("phone", "+82-10-1234-5678", at=NOON, source="080 call")

    assert ledger.suppressed(
        "email", ["MINA@example.com", "joon@example.com", None, float("nan"), "nonsense"]
    ) == {"mina@example.com"}
    assert ledger.suppressed("phone", ["+82 10 1234 5678"]) == {"+821012345678"}


def test_a_suppression_is_checked(ledger: Ledger) -> None:
    """An address, a field and a moment that cannot be are refused."""
    with pytest.raises(InvalidAddressError):
        ledger.suppress("email", "nonsense", at=NOON, source="opt-out page")
    with pytest.raises(UnknownNameError, match="address field 'mail'"):
        ledger.suppress("mail", "mina@example.com", at=NOON, source="opt-out page")
    with pytest.raises(UnknownNameError, match="address field 'mail'"):
        ledger.suppressed("mail", ["mina@example.com"])
    with pytest.raises(InvalidParameterError, match="at must be an aware datetime"):
        ledger.suppress(
            "email", "mina@example.com", at=NOON.replace(tzinfo=None), source="opt-out page"
        )


CONSENTS = pd.DataFrame(
    {
        "customer_id": ["C000", "C001"],
        "channel": ["email", "*"],
        "purpose": ["advertising", "night"],
        "granted": [True, False],
        "at": pd.to_datetime(["2011-12-01", "2011-12-02"], utc=True),
        "source": ["form", "form"],
    }
)


def test_consents_are_stored_once(ledger: Ledger) -> None:
    """The whole consents table can be given each time: only new events are counted."""
    one_more = pd.concat([CONSENTS, CONSENTS[:1].assign(granted=False)])

    assert ledger.record_consents(CONSENTS) == 2
    assert ledger.record_consents(one_more) == 1
    assert ledger.record_consents(CONSENTS[:0]) == 0


def test_a_table_that_is_no_consents_table_is_refused(ledger: Ledger) -> None:
    """A withdrawal that cannot be read must not be lost silently."""
    with pytest.raises(MissingColumnsError, match=r"\['granted'\]"):
        ledger.record_consents(CONSENTS.drop(columns="granted"))
    with pytest.raises(InvalidTableError, match="no readable aware at"):
        ledger.record_consents(CONSENTS.assign(at="2011-12-01"))
    with pytest.raises(InvalidTableError, match="lacks customer_id"):
        ledger.record_consents(CONSENTS.assign(customer_id=[None, "C001"]))
    with pytest.raises(InvalidTableError, match="no readable granted"):
        ledger.record_consents(CONSENTS.assign(granted=["perhaps", "no"]))


def test_consents_are_read_as_tables_reads_them(ledger: Ledger) -> None:
    """A withdrawal written as a word, for a medium in capitals, is one all the same."""
    words = CONSENTS.assign(granted="no", channel="EMAIL", purpose="advertising")
    ledger.record_consents(words)
    plan = make_plan(3)
    deliver(plan, ledger, approved=plan.digest, channels={"fake": FakeChannel()}, clock=Clock())

    assert ledger.deliveries("winback")["state"].to_list() == ["blocked", "blocked", "accepted"]


def test_the_status_counts_each_campaign(ledger: Ledger) -> None:
    """One row per campaign; its states add up to its addresses, over all its plans."""
    for plan in (make_plan(2), make_plan(3), make_plan(1, campaign="spring")):
        deliver(
            plan,
            ledger,
            approved=plan.digest,
            channels={"fake": FakeChannel()},
            clock=Clock(),
        )
    status = ledger.status()
    columns = ["campaign", "messages", "planned", "claimed", "accepted", "rejected"]
    columns += ["unknown", "expired", "blocked", "dead"]

    assert status.columns.to_list() == columns
    assert status[["campaign", "messages", "accepted"]].to_numpy().tolist() == [
        ["spring", 1, 1],
        ["winback", 3, 3],
    ]
    assert ledger.status("spring")["messages"].to_list() == [1]


def test_an_empty_ledger_has_an_empty_status(ledger: Ledger) -> None:
    """Without campaigns there are columns and no rows, and any name is unknown."""
    assert ledger.status().shape == (0, 10)
    for look in (ledger.status, ledger.deliveries, ledger.events):
        with pytest.raises(UnknownNameError, match="no campaign 'winback'"):
            look("winback")


def test_deliveries_are_read_page_by_page(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages follow one another without gap or overlap, whatever their size."""
    plan = make_plan(7)
    deliver(plan, ledger, approved=plan.digest, channels={"fake": FakeChannel()}, clock=Clock())
    whole = ledger.deliveries("winback")
    for size in (1, 3, 7):
        monkeypatch.setattr("crmlib.delivery._reading._PAGE", size)
        pd.testing.assert_frame_equal(ledger.deliveries("winback"), whole)

    assert whole["customer_id"].is_unique
    assert len(whole) == 7
    assert whole["due_at"].dtype == "datetime64[us, UTC]"
    assert ledger.events("winback")["state"].value_counts().to_dict() == {
        "planned": 7,
        "claimed": 7,
        "accepted": 7,
    }


def test_status_and_claims_read_indexes_only(sqlite_ledger: Ledger) -> None:
    """With a million rows the status is counted and the due are found without a scan."""
    queries = {
        "SELECT run_id, state, count(*) FROM crmlib_deliveries GROUP BY run_id, state": (
            "USING COVERING INDEX crmlib_deliveries_due"
        ),
        "SELECT * FROM crmlib_deliveries WHERE run_id = 1 AND state = 'planned' "
        "AND channel = 'smtp' AND due_at <= 5 ORDER BY due_at, id LIMIT 9": (
            "USING INDEX crmlib_deliveries_due (run_id=? AND state=? AND channel=? AND due_at<?)"
        ),
    }
    with sqlite_ledger.store.read() as connection:
        for query, expected in queries.items():
            steps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}").all()

            assert [step[-1].endswith(expected) for step in steps] == [True]


def test_closing_twice_is_harmless(url: str) -> None:
    """A ledger can be closed in a with block and by hand."""
    with Ledger(url) as ledger:
        ledger.close()


def test_a_read_only_ledger_is_said(sqlite_ledger: Ledger) -> None:
    """What may not be written cannot claim."""
    with sqlite_ledger.store.read() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")

    with pytest.raises(LedgerUnavailableError, match="it may not be written"):
        sqlite_ledger.suppress("email", "mina@example.com", at=NOON, source="opt-out page")


def test_moments_survive_to_the_microsecond(ledger: Ledger) -> None:
    """An instant comes back as it went in, from any zone."""
    moment = NOON + timedelta(microseconds=123_457)
    plan = make_plan(1, send_at=moment)
    deliver(
        plan, ledger, approved=plan.digest, channels={"fake": FakeChannel()}, clock=Clock(moment)
    )

    assert ledger.deliveries("winback")["claimed_at"][0] == moment
    assert ledger.deliveries("winback")["due_at"][0] == moment
