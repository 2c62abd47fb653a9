"""Files as they come: cut, garbled, shuffled.  Each ends in one line or in counted rows."""

from __future__ import annotations

import csv
import gzip
import io
import warnings
from functools import cache
from importlib.metadata import entry_points
from random import Random
from typing import TYPE_CHECKING, Any

import openpyxl
import pandas as pd
import pytest

from crmlib import plugins
from crmlib.datasets import list_order_files, make_order_file
from crmlib.exceptions import CRMLibError, CRMLibWarning, PluginLoadError
from crmlib.sources import read_orders
from crmlib.tables import to_minor_units

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from crmlib.tables import Orders

Rows = list[list[Any]]
Harmed = set[int]

N_VARIANTS = 200
GARBAGE = [
    *(
        "",
        " ",
        "\u202e\u0661\u0662",
        "=HYPERLINK(1)",
        "@x",
        'a\'b""c"',
        '"',
        "'",
        "٣",
        "\uff11\uff12",
    ),
    *("9" * 400, "1e999", "-1e308", "nan", "inf", "0x1F", "1,2,3", "1;2\t3", "NULL", "#REF!"),
    *("31/12/2023 25:61", "99/99/9999", "0000-00-00", "24.03.01", "99999999", "45353.9999999"),
    *("홍*동", "\x07\x1b[2J", "\x85\u2028", "a@b@c", "+82 502-1234-5678", "x" * 40_000, "\ufeff"),
    *("1.234,50", "-", "--", "(5)", "5-", "$5", "€5", "TRUE", "\u200b", "취소완료", "returned"),
]
CLEAN = [text for text in GARBAGE if not set(text) & set("\x07\x1b") and len(text) < 30_000]
"""What a workbook can hold."""


class Form:
    """A file of order lines as rows of cells, and how it is written."""

    def __init__(self, path: Path) -> None:
        self.data = path.read_bytes()
        self.is_workbook = path.suffix == ".xlsx"
        self.name = path.name
        if self.is_workbook:
            page = openpyxl.load_workbook(io.BytesIO(self.data)).active
            self.rows = [list(row) for row in page.iter_rows(values_only=True)]
            self.garbage = CLEAN
        else:
            text = self.data.decode("utf-8-sig")
            self.delimiter = max(",\t;", key=text.partition("\n")[0].count)
            self.rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=self.delimiter))
            self.garbage = GARBAGE

    def write(self, rows: Rows, encoding: str = "utf-8", delimiter: str | None = None) -> bytes:
        """Give the bytes of a file with these *rows*, the first one its header."""
        if self.is_workbook:
            book = openpyxl.Workbook(write_only=True)
            page = book.create_sheet("orders")
            for row in rows:
                page.append(row)
            content = io.BytesIO()
            book.save(content)
            return content.getvalue()
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=delimiter or self.delimiter, lineterminator="\n").writerows(rows)
        return out.getvalue().encode(encoding, errors="replace")


# Each of these gives the bytes, how many rows there are in them (None: nobody can count them),
# and which rows were harmed (None: any may be).
Variant = tuple[bytes, int | None, Harmed | None]


def cut(form: Form, chance: Random) -> Variant:
    """Lose the end of the file."""
    data = form.data[: chance.randrange(len(form.data))]
    if form.is_workbook or b'"' in form.data:
        return data, None, None
    n_rows = len(data.strip(b"\r\n").split(b"\n")) - 1
    return data, n_rows, set(range(n_rows, len(form.rows)))


def garble_cells(form: Form, chance: Random) -> Variant:
    """Write garbage into a few cells."""
    rows = [list(row) for row in form.rows]
    harmed = set()
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(1, len(rows))
        rows[place][chance.randrange(len(rows[0]))] = chance.choice(form.garbage)
        harmed.add(place)
    return form.write(rows), _count(rows), harmed


def garble_a_column(form: Form, chance: Random) -> Variant:
    """Write garbage into all cells of a column."""
    place = chance.randrange(len(form.rows[0]))
    rows = [list(row) for row in form.rows]
    for row in rows[1:]:
        row[place] = chance.choice(form.garbage)
    return form.write(rows), _count(rows), None


def mix_dates(form: Form, chance: Random) -> Variant:
    """Write dates in other ways, in the columns that hold some."""
    ways = ["{2}/{1}/{0}", "{1}/{2}/{0}", "{0}.{1}.{2}", "{0}{1}{2}", "{2}-{1}-{0}", "{0}"]
    rows, harmed = [list(row) for row in form.rows], set()
    for place in range(1, len(rows)):
        for column, cell in enumerate(rows[place]):
            day = str(cell)[:10].split("-")
            if len(day) == 3 and all(part.isdigit() for part in day) and chance.random() < 0.3:
                rows[place][column] = chance.choice(ways).format(*day)
                harmed.add(place)
    return form.write(rows), _count(rows), None if harmed else set()


def shuffle_columns(form: Form, chance: Random) -> Variant:
    """Put the columns in another order."""
    order = chance.sample(range(len(form.rows[0])), len(form.rows[0]))
    rows = [[row[place] for place in order] for row in form.rows]
    return form.write(rows), _count(rows), set()


def drop_columns(form: Form, chance: Random) -> Variant:
    """Leave out one column or more."""
    width = len(form.rows[0])
    kept = sorted(chance.sample(range(width), max(1, width - chance.randint(1, 3))))
    rows = [[row[place] for place in kept] for row in form.rows]
    return form.write(rows), _count(rows), None


def repeat_header(form: Form, chance: Random) -> Variant:
    """Write the header once more among the rows, as pasted files have it."""
    rows = list(form.rows)
    place = chance.randrange(1, len(rows) + 1)
    rows.insert(place, rows[0])
    return form.write(rows), _count(rows), None


def repeat_a_name(form: Form, chance: Random) -> Variant:
    """Give two columns one name."""
    rows = [list(row) for row in form.rows]
    one, other = chance.sample(range(len(rows[0])), 2)
    rows[0][one] = rows[0][other]
    return form.write(rows), _count(rows), None


def repeat_rows(form: Form, chance: Random) -> Variant:
    """Write some rows again, as pasted files have them."""
    rows = form.rows + [row for row in form.rows[1:] if chance.random() < 0.5]
    return form.write(rows), _count(rows), None


def add_empty_rows(form: Form, chance: Random) -> Variant:
    """Write rows without a cell, among the others and behind them."""
    empty: list[Any] = [None] * len(form.rows[0]) if form.is_workbook else []
    rows: Rows = list(form.rows)
    for _ in range(chance.randint(1, 4)):
        rows.insert(chance.randrange(1, len(rows) + 1), empty)
    return form.write(rows), _count(rows), None


def cut_rows(form: Form, chance: Random) -> Variant:
    """Take fields from a row, or give it more."""
    rows = [list(row) for row in form.rows]
    place = chance.randrange(1, len(rows))
    rows[place] = chance.choice([rows[place][: len(rows[0]) // 2], [*rows[place], "more"]])
    return form.write(rows), _count(rows), {place}


def write_a_long_cell(form: Form, chance: Random) -> Variant:
    """Write more into a cell than a spreadsheet can hold."""
    rows = [list(row) for row in form.rows]
    place = chance.randrange(1, len(rows))
    length = 30_000 if form.is_workbook else chance.choice([40_000, 200_000])
    rows[place][chance.randrange(len(rows[0]))] = chance.choice("9x가 ") * length
    return form.write(rows), _count(rows), {place}


def add_a_mark(form: Form, chance: Random) -> Variant:
    """Put a byte-order mark where two files were pasted together."""
    rows = [list(row) for row in form.rows]
    place = chance.randrange(len(rows))
    rows[place][0] = f"\ufeff{rows[place][0]}"
    return form.write(rows), _count(rows), {place} - {0}


def change_encoding(form: Form, chance: Random) -> Variant:
    """Write the text in another encoding."""
    encodings = ["cp949", "latin-1", "utf-16", "utf-16-le", "utf-8-sig", "shift_jis", "utf-7"]
    return form.write(form.rows, chance.choice(encodings)), _count(form.rows), None


def change_delimiter(form: Form, chance: Random) -> Variant:
    """Write another separator, everywhere or below the header only."""
    other = chance.choice([sign for sign in ",;\t|" if sign != getattr(form, "delimiter", "")])
    if chance.random() < 0.5:
        return form.write(form.rows, delimiter=other), _count(form.rows), None
    body = form.write(form.rows[1:], delimiter=other)
    return form.write(form.rows[:1]) + body, None, None


def compress_and_cut(form: Form, chance: Random) -> Variant:
    """Lose the end of a file that is compressed."""
    data = gzip.compress(form.data, mtime=0)
    return data[: chance.randrange(2, len(data))], None, None


def insert_bytes(form: Form, chance: Random) -> Variant:
    """Write bytes over the file that do not belong there."""
    data = bytearray(form.data)
    for _ in range(chance.randint(1, 5)):
        place = chance.randrange(len(data))
        data[place : place + 1] = chance.choice(
            [b"\0", b"\xff", b'"', b"\r", b"\n", b",", b"\xb0"]
        )
    return bytes(data), None, None


def swap_rows(form: Form, chance: Random) -> Variant:
    """Put the rows in another order."""
    rows = form.rows[:1] + chance.sample(form.rows[1:], len(form.rows) - 1)
    return form.write(rows), _count(rows), None


def keep_nothing(form: Form, chance: Random) -> Variant:
    """Leave the header alone, or not even that."""
    if chance.random() < 0.5:
        return form.write(form.rows[:1]), 0, None
    return (
        chance.choice([b"", b"\n", b" ", b"\xef\xbb\xbf", b"PK\x03\x04", b"\0" * 99]),
        None,
        None,
    )


def write_above(form: Form, chance: Random) -> Variant:
    """Write notices above the header, some of them with quotes that are not closed."""
    notices = chance.sample(["Orders of May", '"about', "a,b,c", "it's 5\"", "", "가\t나"], 3)
    return form.write([[notice] for notice in notices] + form.rows), None, None


ANY: tuple[Callable[[Form, Random], Variant], ...] = (
    *(cut, garble_cells, garble_a_column, mix_dates, shuffle_columns, drop_columns),
    *(repeat_header, repeat_a_name, repeat_rows, add_empty_rows, cut_rows, write_a_long_cell),
    *(add_a_mark, insert_bytes, swap_rows, keep_nothing, write_above, compress_and_cut),
)
TEXT_ONLY = (change_encoding, change_delimiter)


def _count(rows: Rows) -> int:
    """Count the rows below a header, but for empty ones at the end."""
    filled = [
        place for place, row in enumerate(rows) if any(cell not in {None, ""} for cell in row)
    ]
    return filled[-1] if filled else 0


@pytest.fixture(scope="module", autouse=True)
def _quick() -> Any:
    """Find the sources once, and keep texts as they are kept where there is no pyarrow.

    Looking through all packages takes longer than reading a file of 12 orders,
    and pyarrow pays only for larger ones.
    """
    with (
        pytest.MonkeyPatch.context() as patch,
        pd.option_context("mode.string_storage", "python"),
    ):
        patch.setattr(plugins, "entry_points", cache(entry_points))
        yield


def read(files: list[Path]) -> Orders | CRMLibError:
    """Give the orders or what is wrong; warnings of ours may come, and no others."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CRMLibWarning)
        try:
            return read_orders(files)
        except CRMLibError as error:
            return error


def lines_of(orders: Orders) -> pd.DataFrame:
    """Give what is known of each line used, by its file and row."""
    names = ["customer_id", "order_id", "ordered_at", "amount"]
    told = orders.table[names].join(orders.places)
    return told.set_index(["source", "row"])


def check_money(orders: Orders) -> None:
    """Check that all money is told, in all and for each file."""
    parts = [
        *(orders.table["amount"], orders.places["netted"], orders.places["shipping_fee"]),
        *(orders.set_aside["amount"].dropna(), orders.set_aside["shipping_fee"]),
    ]
    total = sum(int(to_minor_units(part.to_numpy()).sum()) for part in parts)
    report, by_file = orders.report(), orders.report_by_file()
    sums = by_file[["amount_used", "amount_set_aside", "netted", "shipping_fees"]]
    assert round(report["amount"].sum() * 10_000) == pytest.approx(total, abs=2)
    assert round(float(sums.to_numpy().sum()) * 10_000) == pytest.approx(total, abs=2)
    assert report["rows"].sum() == by_file["rows"].sum() == orders.rows_in


def check_unharmed(orders: Orders, whole: Orders, name: str, harmed: Harmed) -> None:
    """Check that lines of orders of which no row was harmed are as they were."""
    before, after = lines_of(whole), lines_of(orders)
    touched = {(name, row) for row in harmed}
    aside = whole.set_aside.set_index(["source", "row"])["order_id"]
    of_rows = before["order_id"].to_dict() | aside.to_dict()
    orders_touched = {of_rows.get(place) for place in touched}
    same = before[~before["order_id"].isin(orders_touched)]
    kept = after.reindex(same.index)
    assert kept["amount"].notna().all(), "lines are missing"
    assert same.equals(kept), "lines changed"


class Shop:
    """Files of a source, and what becomes of them when one of them is corrupted."""

    def __init__(self, source: str, folder: Path) -> None:
        self.source = source
        self.folder = folder
        made = make_order_file(source, folder, n_orders=12, seed=7)
        self.forms = [Form(path) for path in made.paths]
        whole = read(list(made.paths))
        assert not isinstance(whole, CRMLibError)
        self.whole = whole
        self.n_rows = {form.name: _count(form.rows) for form in self.forms}

    def try_variant(self, number: int) -> bool:
        """Read a variant, check what came of it, and tell whether there were orders."""
        form = self.forms[number % len(self.forms)]
        kinds = ANY if form.is_workbook else (*ANY, *TEXT_ONLY)
        corrupt = kinds[number // len(self.forms) % len(kinds)]
        data, n_rows, harmed = corrupt(form, Random(f"{self.source} {number}"))
        folder = self.folder / f"{number} {corrupt.__name__}"
        folder.mkdir()
        for other in self.forms:
            (folder / other.name).write_bytes(data if other is form else other.data)
        orders = read([folder / other.name for other in self.forms])
        if isinstance(orders, CRMLibError):
            assert not isinstance(orders, PluginLoadError), orders
            assert len(str(orders).splitlines()) == 1, orders
            return False
        check_money(orders)
        if n_rows is not None:
            assert orders.rows_in == n_rows + sum(self.n_rows.values()) - self.n_rows[form.name]
        if harmed is not None:
            check_unharmed(orders, self.whole, form.name, harmed)
        return True


@pytest.mark.slow
@pytest.mark.parametrize("source", list_order_files())
def test_two_hundred_corrupted_files_end_well(source: str, tmp_path: Path) -> None:
    """In an error of ours in one line, or in rows that are all counted, the unharmed unchanged."""
    shop = Shop(source, tmp_path)
    came = 0
    for number in range(N_VARIANTS):
        try:
            came += shop.try_variant(number)
        except BaseException as error:
            error.add_note(f"variant {number} of {source}; its files lie in {tmp_path}")
            raise

    assert shop.whole.rows_in == sum(shop.n_rows.values())
    assert N_VARIANTS // 20 < came < N_VARIANTS
