"""Messages of a planner, as a person reads them before there is a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib.safe_text import escape_for_terminal

if TYPE_CHECKING:
    import pandas as pd

_MOST_REASONS = 5
_RULE = "-" * 60


def show_messages(messages: pd.DataFrame, n: int) -> str:
    """Show *n* of *messages*, one of each template first, and why some have none.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({
    ...     "template": ["hello", "hello"], "subject": None, "body": ["Hi Mina", None],
    ...     "button_label": None, "button_url": None, "html": None, "registered_code": None,
    ...     "why": "it is the only one", "problem": [None, "needs {name}"],
    ... }, index=["C1", "C2"])
    >>> print(show_messages(table, 5))
    ------------------------------------------------------------
    C1 gets 'hello'
    <BLANKLINE>
    Hi Mina
    <BLANKLINE>
    Why: it is the only one.
    ------------------------------------------------------------
    1 of 2 customers get a message; 1 is held: needs {name} (C2)
    """
    written = messages[messages["problem"].isna()]
    turns = written.groupby("template", dropna=False, sort=False).cumcount()
    chosen = written.loc[turns.sort_values(kind="stable").index].head(n)
    blocks = [_show(str(customer), row) for customer, row in chosen.iterrows()]
    told = "\n".join([*blocks, _RULE, _count(messages, len(written))])
    return escape_for_terminal(told)


def _show(customer_id: str, row: pd.Series[Any]) -> str:
    lines = [_RULE, f"{customer_id} gets {row['template']!r}"]
    if _is_text(row["subject"]):
        lines.append(f"Subject: {row['subject']}")
    lines += ["", str(row["body"]).strip(), ""]
    if _is_text(row["button_label"]):
        lines += [f"[{row['button_label']}] {row['button_url']}", ""]
    if _is_text(row["registered_code"]):
        variables = row["registered_variables"]
        lines += [f"(registered as {row['registered_code']}, with {variables})", ""]
    if _is_text(row["html"]):
        lines += [f"(and an HTML part of {len(row['html']):,} characters)", ""]
    return "\n".join([*lines, f"Why: {str(row['why']).rstrip('.')}."])


def _count(messages: pd.DataFrame, n_written: int) -> str:
    held = messages["problem"].dropna()
    told = f"{n_written:,} of {len(messages):,} customers get a message"
    if held.empty:
        return told
    reasons = held.groupby(held, sort=False)
    largest = sorted(reasons.groups.items(), key=lambda pair: -len(pair[1]))[:_MOST_REASONS]
    whys = [f"{len(ids):,} {_are(ids)} held: {why} ({ids[0]})" for why, ids in largest]
    return "; ".join([told, *whys])


def _are(ids: Any) -> str:
    return "is" if len(ids) == 1 else "are"


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)
