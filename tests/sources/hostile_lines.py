"""Order files in which anything may stand, for tests that read them in two ways."""

from __future__ import annotations

import csv
import io
from typing import Any

import pandas as pd
from hypothesis import strategies as st

IDS = [
    *("C1", " C1 ", "17850.0", "17850", "nan", "NaN", "-", "--", "None", "null", "<NA>", "N/A"),
    *("", "\ufeffC1", "\u200bC2", "고객 1", "a\u00a0", "\u3000b", "1e5", "0.0", "007", "C\tx"),
    *("İ", "x" * 60, "'", "it's", "=1+1", "'=1+1", "''tis", "'-"),
]
DATES = [
    *("2024-03-01 09:00", "2024-03-01T09:00:00", "2024-03-01", "2011-12-9 8:26", "2011/12/09"),
    *("20111209", "40000", "45353.4375", "19999", "80001", "2024-02-30", "24:00", "", "nan"),
    *("2024-03-01 24:00:00", "2024-03-10 02:30:00", "2024-11-03 01:30:00", "yesterday"),
    *("2024-03-01 09:00:00+09:00", "2024-03-01T00:00:00Z", "2024-03-01 9:00 PM", "1899-12-31"),
    *("1900-01-01", "2199-12-31 23:59:59", "2200-01-01", "2024-03-01 09:00:00.123456"),
    *("2024-03-01 09:00:00.1234567", "2024-03-01 09:00:60", "٢٠٢٤-03-01", " 2024-03-01 "),
    *("2024-03-01 09:00:0 ", "2024-03-01 09: 0:00", "0001-01-01", "1942-02-09 02:30"),
]
YEAR_LAST = ["9/12/2011 8:26", "13/12/2011", "12/13/2011", "9.12.2011", "5-6-2024"]
AMOUNTS = [
    *("10", "10.5", "-3", "12,000", "(12.50)", "12.50-", "1e3", "1E-2", "nan", "inf", "-inf"),
    *("Infinity", "", "-", "abc", "1_000", "+5", "+-5", "--5", "0.1", "0.00005", "9.1e11"),
    *(
        "1e400",
        ".5",
        "5.",
        "1 000",
        "\u22127",
        "\uff10",
        "12.3.4",
        "1,00",
        "1,000,000.25",
        " 8 ",
        "٣",
    ),
    *("\u00a09", "0x10", "1e5f", " +-9", "'-5", "'+7"),
]
SIGNED = ["12,000원", "₩1,000", "$5", "€3,50", "£2", "¥100"]
STATES = [
    *("paid", "cancelled", "Cancelled ", "can-celled", "VOID", "faİled", "returned", "refund"),
    *("Re turned", "반품완료", "취소 완료", "", "RETURNED"),
]
CURRENCIES = ["KRW", "usd", "USD", "EUR", "", "krw"]
PRODUCTS = [
    "A1",
    "post",
    "POSTAGE",
    "Shipping",
    "postx",
    "",
    "nan",
    "17.0",
    "bank charges",
    "배송",
    "'@post",
]
NAMES = ["탑", " 바지 ", "=1+1", "'=1+1", "a;'+b", "", "x,y", 'say "hi"', "a\nb", "a\r\nb"]

CELLS: dict[str, tuple[list[str], list[str]]] = {
    "customer_id": (["C1", "C2", "C3"], IDS),
    "order_id": (["1", "2", "3"], IDS),
    "ordered_at": (["2024-03-01 09:00:00", "2024-05-02 10:00:00"], DATES),
    "amount": (["10.00", "-5", "7"], AMOUNTS),
    "quantity": (["1", "2", "-1"], AMOUNTS),
    "unit_price": (["2.55", "3"], AMOUNTS),
    "line_id": (["L1", "L2", "1", "2.0"], IDS),
    "product_id": (["A1", "B2"], PRODUCTS),
    "currency": (["KRW"], CURRENCIES),
    "sales_channel": (["shop", "app"], IDS),
    "status": (["paid"], STATES),
    "product_name": (["탑"], NAMES),
    "memo": (["gift"], [*NAMES, *IDS]),
}
"""For each column what usually stands in it, and what may."""

OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "timezone": st.sampled_from(["America/New_York", "Asia/Seoul", "Europe/London"]),
        "refunds": st.just("set-aside"),
        "unknown_customers": st.just("keep"),
        "duplicates": st.just("keep"),
        "non_product": st.just("keep"),
        "currency": st.sampled_from(["KRW", "usd"]),
        "date_order": st.sampled_from(["day-first", "month-first"]),
        "decimal": st.just(","),
        "keep": st.just({"note": "memo"}),
    },
)
"""Parameters that both ways of reading have."""


@st.composite
def hostile_texts(draw: st.DrawFn) -> str:
    """Give the text of a CSV file with usual and unusual cells, sometimes damaged."""
    cells = dict(CELLS)
    if draw(st.booleans()):
        cells["ordered_at"] = (cells["ordered_at"][0], DATES + YEAR_LAST)
    if draw(st.booleans()):
        cells["amount"] = (cells["amount"][0], AMOUNTS + SIGNED)
    needed = ["customer_id", "order_id", "ordered_at"]
    needed += draw(st.sampled_from([["amount"], ["quantity", "unit_price"]]))
    others = draw(st.lists(st.sampled_from(sorted(set(CELLS) - set(needed))), unique=True))
    columns = draw(st.permutations(needed + others))
    unusual = draw(st.sampled_from([1, 3, 10]))
    row = st.tuples(*(_cells(*cells[name], unusual) for name in columns))
    buffer = io.StringIO()
    writer = csv.writer(
        buffer,
        delimiter=draw(st.sampled_from([",", ";", "\t"])),
        lineterminator=draw(st.sampled_from(["\n", "\r\n"])),
    )
    writer.writerow(columns)
    writer.writerows(draw(st.lists(row, max_size=20)))
    text = buffer.getvalue()
    for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
        place = draw(st.integers(0, len(text)))
        cut = draw(st.sampled_from([0, 0, 2]))
        scrap = draw(st.sampled_from(['"', "\n", "\n\n", ",", "\r", '""', ' "', "\ufeff"]))
        text = text[:place] + scrap + text[place + cut :]
    return text


def _cells(usual: list[str], unusual: list[str], one_in: int) -> st.SearchStrategy[str]:
    """Give usual cells, and now and then another one."""
    choices = [st.sampled_from(usual)] * one_in
    return st.one_of(*choices, st.sampled_from(unusual))


def plain_rows(frame: pd.DataFrame) -> list[tuple[str, ...]]:
    """Give the rows of *frame* as sorted texts, so that types and order do not matter."""
    return sorted(tuple(map(_plain, row)) for row in frame.astype(object).itertuples(index=False))


def _plain(value: Any) -> str:
    """Give a cell as text; nothing is nothing, and 0 has no sign."""
    if pd.isna(value):
        return "~"
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return repr(value + 0.0) if isinstance(value, float) else str(value)
