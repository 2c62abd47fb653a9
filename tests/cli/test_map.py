"""``crmlib map``: from headers that nobody knows to a mapping that a person corrects."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from crmlib.datasets import make_order_file
from crmlib.sources import read_orders

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILE = """\
주문번호,구매자,결제금액,주문일,휴대폰번호,메모
A-1,김하나,"12,000원",2024.03.01,010-0000-1234,
A-2,이두리,"7,000원",2024.03.02,010-0000-2345,leave it at the door then ring once
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Write the file above."""
    path = tmp_path / "shop.csv"
    path.write_text(FILE, encoding="utf-8")
    return path


def test_a_person_sees_what_each_header_is_taken_for(
    crmlib: Callable[..., Any], shop: Path
) -> None:
    """With cells to check it by, the settings, and the next command."""
    answer = crmlib("map", "shop.csv")

    assert answer.code == 0
    lines = {line.split()[0]: line.split() for line in answer.out.splitlines() if line.split()}
    assert lines["결제금액"] == ["결제금액", "amount", "12,000원", "|", "7,000원"]
    assert "leave it at the door then ring…" in answer.out
    assert "Times are read in Asia/Seoul, decimals after '.', phone numbers of KR." in answer.out
    assert "crmlib map shop.csv --out shop.toml" in answer.out


def test_the_mapping_is_saved_and_reads_the_file(
    crmlib: Callable[..., Any], shop: Path, tmp_path: Path
) -> None:
    """It holds headers and no cells, says how it is used, and reads the file."""
    answer = crmlib("map", "shop.csv", "--out", "shop.toml")

    text = (tmp_path / "shop.toml").read_text(encoding="utf-8")
    assert "Written: shop.toml  (look at each line, and correct it)" in answer.out
    assert "Use it:  crmlib segment shop.csv --mapping shop.toml" in answer.out
    assert tomllib.loads(text)["columns"]["name"] == "구매자"
    assert "김하나" not in text
    assert read_orders(shop, columns=tmp_path / "shop.toml").table["amount"].sum() == 19_000


def test_programs_get_json(crmlib: Callable[..., Any], shop: Path) -> None:
    """The same facts, under names that stay."""
    answer = crmlib("map", "shop.csv", "--out", "shop.toml", "--json").json

    assert answer["headers"][0] == {
        "header": "주문번호",
        "is taken for": "order_id",
        "for example": "A-1 | A-2",
    }
    assert answer["headers"][-1]["is taken for"] is None
    assert (answer["timezone"], answer["region"], answer["decimal"]) == ("Asia/Seoul", "KR", ".")
    assert answer["out"] == "shop.toml"


def test_a_corrected_mapping_is_not_overwritten(
    crmlib: Callable[..., Any], shop: Path, tmp_path: Path
) -> None:
    """Unless somebody says so."""
    (tmp_path / "shop.toml").write_text("# corrected by hand")

    refused = crmlib("map", "shop.csv", "--out", "shop.toml")

    assert refused.code == 3
    assert "--out must be a new file, unless --replace is given" in refused.err
    assert (tmp_path / "shop.toml").read_text() == "# corrected by hand"
    assert crmlib("map", "shop.csv", "--out", "shop.toml", "--replace").code == 0


def test_what_a_person_has_to_decide_is_noted(crmlib: Callable[..., Any], tmp_path: Path) -> None:
    """Columns for which there is no header, and a file that is known anyhow."""
    (tmp_path / "odd.csv").write_text("who,what\n1,2\n")
    (tmp_path / "uci.csv").write_text(
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        "1,2,3,4,2011-12-01,6,7,8\n"
    )

    odd = crmlib("map", "odd.csv")
    known = crmlib("map", "uci.csv")

    assert "no header was found for ['customer_id', 'order_id', 'ordered_at', 'am" in odd.err
    assert "decimals after '.'." in odd.out
    assert known.err.count("these are headers of 'online-retail'") == 1


UCI = (
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    "1,X2,Mug,4,2011-12-01,6,7,8\n"
)


def test_of_a_folder_the_files_that_need_it_are_mapped(
    crmlib: Callable[..., Any], shop: Path, tmp_path: Path
) -> None:
    """Files of known sources are passed over, here and where the mapping is used."""
    (tmp_path / "uci.csv").write_text(UCI)
    (tmp_path / "june.csv").write_text(shop.read_text(encoding="utf-8"), encoding="utf-8")

    answer = crmlib("map", tmp_path, "--out", "../shop.toml", "--replace")
    segments = crmlib("segment", "*.csv", "--mapping", "../shop.toml", "--no-link", "--json").json

    assert answer.code == 0
    assert "['uci.csv'] are files of 'online-retail', which need no mapping" in answer.err
    used = {row["source"]: row["used"] for row in segments["files"]}
    assert used == {"june.csv": 2, "shop.csv": 0, "uci.csv": 1}


def test_files_of_several_kinds_are_refused(
    crmlib: Callable[..., Any], shop: Path, tmp_path: Path
) -> None:
    """One mapping would fit none of them; the error says which files are of a kind."""
    (tmp_path / "other.csv").write_text("who,what\n1,2\n")
    answer = crmlib("map", "*.csv")
    shop.write_text(UCI)
    (tmp_path / "other.csv").write_text(
        "order_id,amazon-order-id,purchase-date,order-status,sku,asin,quantity,item-price\n"
    )
    known = crmlib("map", tmp_path)

    assert answer.code == known.code == 3
    assert "each kind on its own (other.csv; shop.csv), got '*.csv'" in answer.err
    assert "must be files of no known source: these are of [" in known.err


def test_it_explains_itself(crmlib: Callable[..., Any]) -> None:
    """The help page names the options."""
    answer = crmlib("map", "--help")

    assert answer.code == 0
    assert "--out" in answer.out
    assert "what the headers of an order file seem to mean" in answer.out


def test_an_encrypted_workbook_is_opened_by_the_environment(
    crmlib: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No password stands in the history of a shell."""
    file = make_order_file("smartstore", tmp_path, n_orders=3, seed=1, password="sesame")
    monkeypatch.setenv("WORKBOOK_PASSWORD", "sesame")

    answer = crmlib("map", file.paths[0], "--password-env", "WORKBOOK_PASSWORD", "--json")

    assert answer.code == 0
    assert "주문번호" in {row["header"] for row in answer.json["headers"]}
