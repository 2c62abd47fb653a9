"""What the commands print: tables for people, JSON for programs, notes on the side."""

from __future__ import annotations

import json
import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.measure import Measurement
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pandas as pd

_PLAIN: Final = re.compile(r"[\w@%+=:,./~\\-]+")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]

_LONGEST_WORD = 24
"""Longer words, such as names of files, may be broken where a terminal is too narrow."""

_WIDEST = 2000

out = Console(highlight=False, soft_wrap=True)
err = Console(highlight=False, soft_wrap=True, stderr=True)


def complain(text: str) -> None:
    """Print an error on one line."""
    err.print(Text.assemble(("error: ", "bold red"), " ".join(text.split())))


def note(text: str) -> None:
    """Print something worth knowing beside the result."""
    err.print(Text.assemble(("note: ", "yellow"), " ".join(text.split())))


def say(text: str = "") -> None:
    """Print a line as it is."""
    out.print(Text(text))


def counted(number: int, one: str, many: str | None = None) -> str:
    """Give a number with its noun: 1 certificate, 2 certificates."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def quoted(name: str) -> str:
    """Give a name as a shell takes it."""
    return name if _PLAIN.fullmatch(name) else f'"{name}"'


def heading(text: str) -> None:
    """Print the heading of a step."""
    out.print()
    out.print(Text(text, style="bold"))


def print_json(value: Any) -> None:
    """Print *value* as JSON."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str, allow_nan=False))


def print_json_rows(pieces: Iterable[pd.DataFrame]) -> None:
    """Print the rows of all *pieces* as one JSON list, piece by piece, a row on a line."""
    before = "[\n"
    for piece in pieces:
        rows = [
            json.dumps(row, ensure_ascii=False, default=str, allow_nan=False)
            for row in records(piece)
        ]
        if rows:
            typer.echo(before + ",\n".join(rows), nl=False)
            before = ",\n"
    typer.echo("[]" if before == "[\n" else "\n]")


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Give the rows of *frame* as JSON can hold them: no NaN, no numpy scalars."""
    rows: list[dict[str, Any]] = json.loads(
        frame.to_json(orient="records", date_format="iso", force_ascii=False)
    )
    return rows


def show_table(frame: pd.DataFrame) -> None:
    """Print *frame* without its index; numbers to the right with thousands marked.

    A terminal that is too narrow gets lines that break between words; files
    and pipes have no width and get all of it.
    """
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    cells = [[_cell(value) for value in column] for _, column in frame.items()]
    for (name, column), texts in zip(frame.items(), cells, strict=True):
        head = str(name).replace("_", " ")
        numeric = column.dtype.kind in "iuf"
        words = [cell_len(word) for text in (head, *texts) for word in text.split()]
        table.add_column(
            head,
            justify="right" if numeric else "left",
            overflow="fold",
            min_width=min(max(words, default=1), _LONGEST_WORD),
        )
    for row in zip(*cells, strict=True):
        table.add_row(*map(Text, row))
    natural = Measurement.get(out, out.options.update(max_width=_WIDEST), table).maximum
    if not out.is_terminal and "COLUMNS" not in os.environ:
        table.width = natural
    else:
        table.collapse_padding = natural > out.width
    out.print(table, soft_wrap=False, crop=False)


def _cell(value: Any) -> str:
    if value is None or value != value:  # noqa: PLR0124 -- NaN and NaT differ from themselves
        return ""
    if isinstance(value, float):
        whole, _, rest = f"{value:,.4f}".partition(".")
        return f"{whole}.{rest.rstrip('0'):0<2}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


@contextmanager
def progress(description: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on the terminal while long work goes on; nothing where there is none.

    Yields
    ------
    callable
        Takes what is done and what there is in all.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,.0f}"))
    with Progress(
        *columns, TimeElapsedColumn(), console=err, transient=True, disable=not err.is_terminal
    ) as bar:
        task = bar.add_task(description, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
