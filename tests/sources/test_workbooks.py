"""Workbooks: notices, several sheets, passwords, and what is none."""

from __future__ import annotations

import io
import random
import warnings
from datetime import date, datetime, time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import msoffcrypto
import openpyxl
import pytest
from msoffcrypto.format.ooxml import OOXMLFile
from openpyxl.chart import BarChart

from crmlib.exceptions import (
    CRMLibError,
    DataQualityWarning,
    MissingColumnsError,
    UnreadableFileError,
)
from crmlib.sources import read_orders

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HEADER = ["customer_id", "order_id", "ordered_at", "amount"]
LINE = ["C1", 1, datetime(2024, 3, 1, 9, 30), 10.5]  # noqa: DTZ001 -- workbooks know no zone


def make(**sheets: Sequence[Sequence[object]]) -> bytes:
    """Give the bytes of a workbook."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        page = book.create_sheet(title)
        for row in rows:
            page.append(list(row))
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def encrypt(data: bytes, password: str) -> bytes:
    """Lock a workbook as Excel does."""
    locked = io.BytesIO()
    OOXMLFile(io.BytesIO(data)).encrypt(password, locked)
    return locked.getvalue()


def lines(orders: Any) -> list[list[object]]:
    """Give customer, order and amount of each line."""
    return orders.table[["customer_id", "order_id", "amount"]].to_numpy().tolist()


def test_cells_of_any_type_are_read() -> None:
    """Serial days, dates, numbers that were ids, and texts."""
    rows = [
        HEADER,
        LINE,
        [17850.0, "2", date(2024, 3, 2), "1,200원"],
        ["C3", 3, 45353.4375, -2],
        [True, 4, "2024-03-04", 1],
        ["C5", 5, time(9, 30), 1],
    ]

    orders = read_orders(make(Sheet=rows))

    assert lines(orders) == [
        ["C1", "1", 10.5],
        ["17850", "2", 1200.0],
        ["C3", "3", -2.0],
        ["True", "4", 1.0],
    ]
    assert orders.table["ordered_at"].dt.strftime("%m-%d %H:%M").to_list() == [
        *("03-01 09:30", "03-02 00:00", "03-02 10:30", "03-04 00:00")
    ]
    assert orders.set_aside["detail"].to_list() == ["'09:30:00' is no date"]


def test_notices_above_the_header_are_passed_over() -> None:
    """Rows count from the header, whether crmlib knows it or a mapping names it."""
    notices = [["Orders of May"], [], ["do not forward", None, None, 3]]
    renamed = [["Client", *HEADER[1:]], LINE]

    known = read_orders(make(Sheet=[*notices, HEADER, LINE]))
    mapped = read_orders(make(Sheet=[*notices, *renamed]), columns={"customer_id": "Client"})

    assert lines(known) == lines(mapped) == [["C1", "1", 10.5]]
    assert known.places["row"].to_list() == [1]


def test_empty_rows_are_counted_but_for_those_at_the_end() -> None:
    """An empty row between two orders is a row; a thousand formatted ones below are none."""
    rows = [HEADER, LINE, [" "], [], [*LINE[:1], 2, *LINE[2:]], *[["", " "]] * 9]

    orders = read_orders(make(Sheet=rows))

    assert orders.rows_in == 4
    assert orders.set_aside[["row", "detail"]].to_numpy().tolist() == [
        [2, "an empty line"],
        [3, "an empty line"],
    ]


def test_all_sheets_with_a_header_are_read() -> None:
    """Each under its own name, where several have one."""
    two = [HEADER, [*LINE[:1], 2, *LINE[2:]]]

    orders = read_orders([make(May=[HEADER, LINE], June=[["June"], *two]), make(July=[HEADER])])

    assert orders.places["source"].to_list() == ["bytes 1 [May]", "bytes 1 [June]"]
    assert orders.rows_in == 2


def test_a_sheet_that_is_passed_over_is_told() -> None:
    """Sheets without a header that holds orders are not read, and nobody has to find it out."""
    other = [["a", "b"], [1, 2]]

    with pytest.warns(DataQualityWarning) as caught:
        orders = read_orders(make(About=other, Note=[["hello"]], Orders=[HEADER, LINE]))

    assert lines(orders) == [["C1", "1", 10.5]]
    assert [str(warning.message) for warning in caught] == [
        "bytes: read the sheets ['Orders'] and passed over ['About']"
    ]
    with (
        pytest.warns(DataQualityWarning, match=r"read the sheets \['About'\] and passed over"),
        pytest.raises(MissingColumnsError, match=r"it has \['a', 'b'\]"),
    ):
        read_orders(make(About=other, More=other))


def test_a_chart_is_no_sheet() -> None:
    """Pages with a chart only are left alone."""
    book = openpyxl.load_workbook(io.BytesIO(make(Orders=[HEADER, LINE])))
    book.create_chartsheet("Chart").add_chart(BarChart())
    content = io.BytesIO()
    book.save(content)

    assert lines(read_orders(content.getvalue())) == [["C1", "1", 10.5]]


@pytest.mark.parametrize("sheets", [{"A": []}, {"A": [[None]], "B": [[" ", ""]]}])
def test_a_workbook_of_empty_sheets_is_empty(sheets: dict[str, Any]) -> None:
    """As an empty file is."""
    with pytest.raises(UnreadableFileError, match="is empty; export the orders again"):
        read_orders(make(**sheets))


def test_the_right_password_opens_a_workbook(tmp_path: Path) -> None:
    """Without one, or with another, the error says so; one that is not needed does no harm."""
    plain = make(Sheet=[HEADER, LINE])
    path = tmp_path / "orders.xlsx"
    path.write_bytes(encrypt(plain, "sesame"))

    assert lines(read_orders(path, password="sesame")) == [["C1", "1", 10.5]]
    assert lines(read_orders(plain, password="sesame")) == [["C1", "1", 10.5]]
    for password, text in (
        (
            None,
            (
                f"{path}: is encrypted; give its password: password=…, "
                "or --password-env VARIABLE in the shell"
            ),
        ),
        ("open", f"{path}: does not open with this password; ask who exported it"),
    ):
        with pytest.raises(UnreadableFileError) as caught:
            read_orders(path, password=password)
        assert str(caught.value) == text


@pytest.mark.parametrize("locked", [True, False])
def test_workbooks_before_xlsx_are_opened_too(
    monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    """They check the password by themselves, and may be no encrypted ones at all."""
    asked: dict[str, object] = {}

    def open_file(file: io.BytesIO) -> object:
        return SimpleNamespace(
            format="xls97",
            is_encrypted=lambda: locked,
            load_key=lambda **options: asked.update(options),
            decrypt=lambda opened: opened.write(make(Sheet=[HEADER, LINE])),
        )

    monkeypatch.setattr(msoffcrypto, "OfficeFile", open_file)
    old = b"\xd0\xcf\x11\xe0 and more"

    if locked:
        assert lines(read_orders(old, password="sesame")) == [["C1", "1", 10.5]]
        assert asked == {"password": "sesame"}
    else:
        with pytest.raises(UnreadableFileError, match="is no workbook that can be read"):
            read_orders(old)


@pytest.mark.parametrize("locked", [False, True], ids=["plain", "encrypted"])
def test_damaged_workbooks_end_in_one_line(locked: bool) -> None:
    """Whatever of forty damages the parsers stumble over, the error is ours."""
    whole = make(Sheet=[HEADER, *[LINE] * 20])
    whole = encrypt(whole, "sesame") if locked else whole
    chance = random.Random(8)
    outcomes = []
    for number in range(40):
        data = bytearray(whole)
        if number % 2:
            del data[chance.randrange(8, len(data)) :]
        else:
            start = chance.randrange(4, len(data))
            data[start : start + 50] = chance.randbytes(50)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DataQualityWarning)
                outcomes.append(read_orders(bytes(data), password="sesame").rows_in)
        except CRMLibError as error:
            assert len(str(error).splitlines()) == 1  # noqa: PT017 -- either outcome is right
            outcomes.append(None)

    assert set(outcomes) <= {20, None}
    assert None in outcomes
