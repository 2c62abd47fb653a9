"""``crmlib map``: what the headers of an order file seem to mean, saved to be corrected."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pandas as pd
import typer

from crmlib.cli._output import (
    AsJson,
    heading,
    note,
    print_json,
    progress,
    quoted,
    records,
    say,
    show_table,
)
from crmlib.cli._passwords import PasswordEnv, read_password
from crmlib.exceptions import InvalidParameterError
from crmlib.sources import find_known_source, read_heads, suggest_mapping
from crmlib.tables import NO_ID, read_texts

if TYPE_CHECKING:
    from crmlib.sources import OrderMapping

_N_EXAMPLES = 3
_LONGEST_EXAMPLE = 30


def map_headers(
    orders: Annotated[
        str,
        typer.Argument(
            help="Order file: CSV (.gz), Parquet or Excel; a folder of them, or a pattern."
        ),
    ],
    out: Annotated[
        Path | None, typer.Option(help="Write the mapping to this file, to be corrected.")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="Of a CSV file that is neither in UTF-8 nor in CP949.")
    ] = None,
    password_env: PasswordEnv = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace the file --out.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what the headers of an order file seem to mean, and save it for you to correct.

    Of a folder, files of known sources are passed over, as they need no
    mapping; the others must have the same headers.
    """
    if out is not None and out.exists() and not replace:
        raise InvalidParameterError("--out", str(out), "a new file, unless --replace is given")
    with progress("reading"):
        heads = read_heads(orders, encoding=encoding, password=read_password(password_env))
        head = _choose_head(orders, heads)
        mapping = suggest_mapping(head)
    if out is not None:
        mapping.save(out)
    table = _describe(head, mapping)
    if as_json:
        settings = {name: getattr(mapping, name) for name in ("timezone", "region", "decimal")}
        print_json({"headers": records(table), **settings, "out": out})
        return
    heading(f"What {Path(orders).name} seems to hold")
    show_table(table)
    region = f", phone numbers of {mapping.region}" if mapping.region else ""
    say(f"Times are read in {mapping.timezone}, decimals after {mapping.decimal!r}{region}.")
    if out is None:
        say(f"Save it, to correct and use it:  crmlib map {orders} --out shop.toml")
        return
    say(f"Written: {out}  (look at each line, and correct it)")
    say(f"Use it:  crmlib segment {quoted(str(orders))} --mapping {quoted(str(out))}")


def _choose_head(orders: str, heads: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Give the rows of the one kind of header that needs a mapping."""
    kinds: dict[frozenset[str], list[str]] = {}
    for name, head in heads.items():
        kinds.setdefault(frozenset(map(str, head.columns)), []).append(name)
    sources = {kind: find_known_source(sorted(kind)) for kind, names in kinds.items()}
    unknown = [kind for kind, source in sources.items() if source is None]
    if len(kinds) == 1 or len(unknown) == 1:
        (chosen,) = unknown or kinds
        for kind, source in sources.items():
            if kind != chosen:
                note(f"{kinds[kind]} are files of {source!r}, which need no mapping")
        return pd.concat([heads[name] for name in kinds[chosen]], ignore_index=True)
    if not unknown:
        expected = (
            f"files of no known source: these are of {sorted(set(map(str, sources.values())))}"
        )
    else:
        listed = "; ".join(", ".join(kinds[kind]) for kind in unknown)
        expected = f"files of one kind of header, each kind on its own ({listed})"
    raise InvalidParameterError("the order files", orders, expected)


def _describe(head: pd.DataFrame, mapping: OrderMapping) -> pd.DataFrame:
    """Give each header a row: first those that are used."""
    rows: list[tuple[str, str | None]] = [
        (header, name) for name, header in mapping.columns.items()
    ]
    rows += [(header, None) for header in mapping.unused]
    return pd.DataFrame(
        [(header, name, _examples(head[header])) for header, name in rows],
        columns=["header", "is taken for", "for example"],
        dtype="str",
    )


def _examples(cells: pd.Series) -> str:
    """Give the first few texts of a column."""
    texts = read_texts(cells, NO_ID).dropna().unique()[:_N_EXAMPLES]
    return " | ".join(
        text if len(text) <= _LONGEST_EXAMPLE else f"{text[:_LONGEST_EXAMPLE]}…" for text in texts
    )
