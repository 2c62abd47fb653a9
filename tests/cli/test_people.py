"""From the order files of several channels to people: as files, and as those of a campaign."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from crmlib.campaigns import Plan
from crmlib.datasets import make_order_folder
from crmlib.delivery import Ledger
from crmlib.identity import Identities
from crmlib.sources import read_orders
from crmlib.tables import read_csv

if TYPE_CHECKING:
    from pathlib import Path

Run = Callable[..., Any]
PLANNING = "2026-07-01T07:00:00+09:00"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the files of four channels, with 60 people behind them."""
    path = tmp_path_factory.mktemp("folder") / "orders"
    make_order_folder(path, n_people=60, seed=2, password="sesame", overlap=0.5)
    return path


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the password of the encrypted workbook where the commands look."""
    monkeypatch.setenv("WORKBOOK_PASSWORD", "sesame")


CONSENTS = ("customer_id", "channel", "purpose", "granted", "at")
DAY = "2026-05-01T00:00:00+09:00"


def write_consents(path: Path, *events: tuple[object, ...]) -> None:
    """Write consents: customer id, medium, and whether granted."""
    rows = [(name, medium, "advertising", granted, DAY) for name, medium, granted in events]
    pd.DataFrame(rows, columns=list(CONSENTS)).to_csv(path, index=False)


def test_files_of_people_can_be_used_at_once(
    crmlib: Run, folder: Path, campaign: Path, tmp_path: Path
) -> None:
    """Canonical lines and profiles under one id per person, every row of the files counted."""
    accounts = read_orders(folder, password="sesame").table["customer_id"].unique()
    write_consents(tmp_path / "told.csv", *((name, "*", True) for name in accounts))
    (tmp_path / "told-profiles.csv").write_text(f"customer_id,hobby\n{accounts[0]},=1+1\n")
    command = ("people", folder, "--out", "mine", "--password-env", "WORKBOOK_PASSWORD")
    more = ("--consents", "told.csv", "--profiles", "told-profiles.csv")

    made = crmlib(*command, *more, "--json").json

    people = made["people"]
    assert people["people"] < people["accounts"] == len(accounts)
    lines = read_orders(tmp_path / "mine" / "orders.csv")
    profiles = read_csv(tmp_path / "mine" / "profiles.csv")
    assert lines.set_aside.empty
    assert lines.table["customer_id"].nunique() == people["people"] == len(profiles)
    assert set(lines.table["customer_id"]) == set(profiles["customer_id"])
    assert profiles["hobby"].dropna().to_list() == ["=1+1"]
    rows = {row["order lines"]: row["rows"] for row in made["orders"]}
    assert rows["in"] == len(lines.table) + len(read_csv(tmp_path / "mine" / "set-aside.csv"))
    assert len(read_csv(tmp_path / "mine" / "accounts.csv")) == people["accounts"]
    again = crmlib(*command)
    assert "people behind" in again.out
    assert Identities.load(tmp_path / "mine" / "people.json").merges.empty
    text = campaign.read_text("utf-8").replace("shop/orders-own-mall.csv", "mine/orders.csv")
    campaign.write_text(text.replace("shop/", "mine/"), "utf-8")
    planned = crmlib("plan", campaign, "--now", PLANNING, "--json").json
    assert sum(row["customers"] for row in planned["counts"]) == people["people"]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--out", "orders"), "--out must be a file apart from the order files"),
        (("--out", "x", "--mapping", "m.toml", "--column", "amount=Paid"), "left out beside"),
    ],
    ids=["over its input", "two mappings"],
)
def test_what_cannot_be_is_refused(
    crmlib: Run, tmp_path: Path, options: tuple[str, ...], problem: str
) -> None:
    """Before anything is written."""
    (tmp_path / "orders").mkdir()
    (tmp_path / "orders" / "a.csv").write_text(
        "customer_id,order_id,date,amount\na,1,2026-05-01,1\n"
    )

    answer = crmlib("people", "orders", *options)

    assert answer.code == 3
    assert problem in answer.err
    assert [path.name for path in (tmp_path / "orders").iterdir()] == ["a.csv"]


@pytest.fixture
def of_people(campaign: Path, folder: Path, tmp_path: Path) -> Path:
    """Write a campaign file for the people of the folder; everybody has consented somewhere."""
    accounts = read_orders(folder, password="sesame").table["customer_id"].unique()
    write_consents(tmp_path / "consents.csv", *((name, "*", True) for name in accounts))
    text = campaign.read_text(encoding="utf-8")
    text = text.replace('"shop/orders-own-mall.csv"', f'"{folder}"')
    text = text.replace('profiles = "shop/profiles.csv"', 'password = "env:WORKBOOK_PASSWORD"')
    text = text.replace('"shop/consents.csv"', '"consents.csv"')
    text = text.replace("audience =", "# audience =").replace("holdout = 0.3", "holdout = 0.5")
    campaign.write_text(f"{text}\n[people]\nregion = 'KR'\n", encoding="utf-8")
    return campaign


def test_a_campaign_is_planned_for_people(
    crmlib: Run, of_people: Path, at: Callable[[str], None], tmp_path: Path, folder: Path
) -> None:
    """One row per person; who withdraws at any account gets nothing, be it after the plan."""
    at(PLANNING)
    made = crmlib("plan", of_people, "--json").json
    plan = Plan.load(tmp_path / "winback.plan")
    people = Identities.load(tmp_path / "people.json")
    table = plan.table

    assert made["people"]["people"] == len(table) < made["people"]["accounts"]
    shown = crmlib("plan", of_people, "--out", "again.plan")
    assert "people behind" in shown.out
    assert Plan.load(tmp_path / "again.plan").digest == plan.digest
    several = people.people[people.people["person_id"].duplicated(keep=False)]
    sends = table.index[table["decision"] == "send"]
    someone = several[several["person_id"].isin(sends)].iloc[0]
    theirs = several[several["person_id"] == someone["person_id"]]
    account = theirs[theirs["customer_id"] != someone["person_id"]].iloc[0]
    with (tmp_path / "consents.csv").open("a") as file:
        file.write(f"{account['customer_id']},email,advertising,false,2026-06-30T00:00:00Z\n")
    at("2026-07-07T12:00:00+09:00")
    approved = ("--approve", made["digest"], "--campaign", of_people, "--json")
    sent = crmlib("send", "winback.plan", *approved).json
    assert sent["counts"]["accepted"] == len(sends) - 1
    replanned = crmlib("plan", of_people, "--out", "later.plan", "--json")
    assert replanned.code == 0
    row = Plan.load(tmp_path / "later.plan").table.loc[someone["person_id"]]
    assert row["reason"] == "NO_CONSENT"
    assert "customers" in crmlib("preview", of_people).out
    report = crmlib(
        "report", "winback.plan", "--campaign", of_people, "--later-orders", folder, "--json"
    )
    assert report.json["lift"]["treated"]["customers"] == len(sends)


def test_an_address_that_is_refused_at_one_account_holds_the_person(
    crmlib: Run, of_people: Path, tmp_path: Path
) -> None:
    """The list of the ledger knows an old address; the profile has a newer one."""
    orders = tmp_path / "own.csv"
    orders.write_text(
        "customer_id,order_id,date,amount,phone,email\n"
        "a,1,2026-05-01,1,+82 10-0000-1234,old@example.com\n"
        "b,2,2026-05-02,1,+82 10-0000-1234,new@example.com\n"
        "c,3,2026-05-02,1,+82 10-0000-1235,c@example.com\n"
        "d,4,2026-05-02,1,+82 10-0000-1236,no address\n"
    )
    write_consents(tmp_path / "consents.csv", *((name, "*", True) for name in "abcd"))
    text = of_people.read_text(encoding="utf-8")
    start, end = text.index("orders = "), text.index("\npassword")
    of_people.write_text(text[:start] + 'orders = "own.csv"' + text[end:], encoding="utf-8")
    with Ledger(f"sqlite:///{tmp_path}/crm.db") as ledger:
        ledger.suppress(
            "email", "old@example.com", at=datetime(2026, 6, 1, tzinfo=UTC), source="reply"
        )

    crmlib("plan", of_people, "--now", PLANNING, "--ledger", "crm.db")

    table = Plan.load(tmp_path / "winback.plan").table
    assert table.loc["a", "reason"] == "SUPPRESSED"
    assert table.loc["c", "reason"] in {"ALLOWED", "HOLD_OUT"}
    assert table.loc["d", "reason"] == "NO_ADDRESS"


def test_who_was_found_to_be_one_is_told(crmlib: Run, tmp_path: Path) -> None:
    """The second run joins two people of the first, who keep one of their ids."""
    before = "customer_id,order_id,date,amount,phone\na,1,2026-05-01,1,+82 10-0000-1234\n"
    (tmp_path / "own.csv").write_text(f"{before}b,2,2026-05-02,1,+82 10-0000-1235\n")
    crmlib("people", "own.csv", "--out", "mine")
    (tmp_path / "own.csv").write_text(f"{before}b,2,2026-05-02,1,+82 10-0000-1234\n")
    told = crmlib("people", "own.csv", "--out", "mine")

    assert "1 person behind 2 accounts." in told.out
    assert "Since the run before: 1 merged." in told.out


def test_without_the_file_of_people_nothing_is_sent(
    crmlib: Run, of_people: Path, tmp_path: Path
) -> None:
    """Whose consents those are, nobody would know."""
    digest = crmlib("plan", of_people, "--now", PLANNING, "--json").json["digest"]
    (tmp_path / "people.json").unlink()

    sent = crmlib("send", "winback.plan", "--approve", digest, "--campaign", of_people)

    assert sent.code == 3
    assert "people.json" in sent.err


def test_columns_that_are_kept_stand_in_rules_and_templates(
    crmlib: Run, campaign: Path, tmp_path: Path
) -> None:
    """By names of your own, as the last line of a customer says."""
    text = campaign.read_text("utf-8").replace(
        "[segmenter]", '[data.keep]\nliked = "category"\n[segmenter]'
    )
    text = text.replace(
        'kind = "rfm"',
        'kind = "rules"\n[[segmenter.rules]]\nname = "Tops"\nwhere = [["liked", "==", "tops"]]',
    )
    text = text.replace("audience =", "# audience =").replace(
        "{recency_days} days.", "{liked|nothing}."
    )
    campaign.write_text(text, "utf-8")
    (tmp_path / "rules.toml").write_text(
        '[[rules]]\nname = "Tops"\nwhere = [["liked", "==", "tops"]]\n'
    )
    orders = ("shop/orders-own-mall.csv", "--keep", "liked=category", "--rules", "rules.toml")

    crmlib("plan", campaign, "--now", PLANNING)
    segments = crmlib("segment", *orders, "--no-link", "--timezone", "Asia/Seoul", "--json").json

    table = Plan.load(tmp_path / "winback.plan").table
    n_tops = segments["segments"][0]["customers"]
    assert n_tops == (table["segment"] == "Tops").sum() > 0
    said = table[table["decision"] == "send"]
    assert (
        said["message"].astype(str).str.contains("been tops") == (said["segment"] == "Tops")
    ).all()
    late = campaign.read_text("utf-8").replace(
        'orders = "shop/orders-own-mall.csv"', 'orders = { path = "a.csv" }'
    )
    campaign.write_text(late, "utf-8")
    refused = crmlib("plan", campaign).err
    assert "data.keep is of no file, as tables of orders keep what they name" in refused
    assert 'orders = { path = "a.csv", keep = { country = "Country" } }' in refused


def test_products_of_several_channels_become_one(
    crmlib: Run, of_people: Path, folder: Path, tmp_path: Path
) -> None:
    """A plan says that they are several, and after a table which ones it lacks."""
    password = ("--password-env", "WORKBOOK_PASSWORD")
    before = crmlib("plan", of_people, "--now", PLANNING)
    made = crmlib("products", folder, "--out", "products.csv", *password, "--json").json
    refused = crmlib("products", folder, "--out", "products.csv", *password)
    text = of_people.read_text("utf-8").replace("[data]", '[data]\nproduct_names = "products.csv"')
    of_people.write_text(text, "utf-8")
    whole = crmlib("plan", of_people, "--now", PLANNING, "--json").json["product_names"]
    lines = (tmp_path / "products.csv").read_text("utf-8-sig").splitlines()
    (tmp_path / "products.csv").write_text("\n".join(lines[:-1]), "utf-8")
    less = crmlib("plan", of_people, "--now", PLANNING)
    again = crmlib("products", folder, "--out", "products.csv", *password, "--replace")

    assert "the 4 channels have no product id in common" in before.err
    assert made["common"] < made["products"]
    assert refused.code == 3
    assert whole["matched"] == whole["lines"]
    assert "lines have a product that the product table lacks, 1 in all" in less.err
    assert f"taken for {made['common']}." in again.out
