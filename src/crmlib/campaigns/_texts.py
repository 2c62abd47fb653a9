"""What each customer reads: the planner's words, dressed as the law wants them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from crmlib.campaigns._message_keys import message_keys
from crmlib.exceptions import InvalidTableError, MissingColumnsError
from crmlib.messages import Reason

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.campaigns._draft import Draft, Places
    from crmlib.campaigns._reach import Route
    from crmlib.interfaces import MessagePlanner
    from crmlib.messages import Sender

_FORGES_HEADERS: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]|=\\?[^?\\s]+\\?[bBqQ]\\?"
)
_NO_TEXT: Final = re.compile("[\x00\ud800-\udfff]")


def write_messages(
    draft: Draft,
    audience: pd.DataFrame,
    route: Route,
    *,
    places: Places,
    planner: MessagePlanner,
    sender: Sender,
    campaign: str,
) -> None:
    """Write the messages of those at *places*, all on *route*; hold who can get none."""
    messages = _ask(planner, audience.iloc[places], route.capabilities.medium)
    parts: dict[str, list[Any]] = {
        column: messages[column].astype(object).where(messages[column].notna(), None).tolist()
        for column in planner.columns
    }
    dropped = _drop_what_cannot_be_carried(parts, route)
    keys = message_keys(campaign, draft.columns["address"][places])
    names = draft.columns["name"][places]
    written: list[tuple[Any, ...]] = []
    problems: list[str | None] = []
    for key, name, subject, body, html, problem in zip(
        keys,
        names,
        parts["subject"],
        parts["body"],
        parts["html"],
        parts["problem"],
        strict=True,
    ):
        found = problem or _find_problem(route, name, subject, body, html)
        problems.append(found)
        if found:
            written.append((None, None, None, None))
            continue
        url = (sender.opt_out_url or "").replace("{message_key}", key) or None
        dressed = route.rule.dress(subject, body, html, sender=sender, opt_out_url=url)
        written.append((*dressed, url))
    columns = dict(
        zip(("subject", "message", "html", "opt_out_url"), zip(*written, strict=True), strict=True)
    )
    whys = [f"{why or ''}{note}" for why, note in zip(parts["why"], dropped, strict=True)]
    for name, values in {
        **columns,
        "message_key": keys,
        "template": parts["template"],
        "why_what": whys,
    }.items():
        draft.fill(name, places, values)
    held = np.array([problem is not None for problem in problems], dtype=bool)
    told = [
        f"template {template!r}: {problem}" if template else problem
        for template, problem in zip(parts["template"], problems, strict=True)
    ]
    draft.hold(places[held], Reason.NO_MESSAGE.value, np.array(told, dtype=object)[held])


def _ask(planner: MessagePlanner, audience: pd.DataFrame, medium: str) -> pd.DataFrame:
    messages = planner.plan(audience, medium=medium)
    missing = [column for column in planner.columns if column not in messages.columns]
    name = f"the answer of {type(planner).__name__}"
    if missing:
        raise MissingColumnsError(name, missing, list(messages.columns))
    if not messages.index.equals(audience.index):
        raise InvalidTableError(
            name, "is not indexed like the audience", "check it with crmlib.testing.planner_checks"
        )
    return messages


def _drop_what_cannot_be_carried(parts: dict[str, list[Any]], route: Route) -> list[str]:
    """Leave out the parts that the channel has no place for, and say so of each message."""
    names = {"subject": "subject", "html": "HTML part"}
    dropped = [part for part in names if not getattr(route.capabilities, part)]
    notes = []
    for place in range(len(parts["body"])):
        lost = [names[part] for part in dropped if parts[part][place] is not None]
        told = f"; without its {' and '.join(lost)}, which {route.channel} cannot carry"
        notes.append(told if lost else "")
    for part in dropped:
        parts[part] = [None] * len(notes)
    return notes


def _find_problem(
    route: Route, name: str | None, subject: str | None, body: str | None, html: str | None
) -> str | None:
    if not (body and body.strip()):
        return "has no text"
    if subject is None and route.capabilities.medium == "email":
        return "has no subject, and e-mail needs one"
    if _FORGES_HEADERS.search(subject or ""):
        return "has a subject with a line break or control character in it"
    if _FORGES_HEADERS.search(name or ""):
        return "goes to a name with a line break or control character in it; clean the profile"
    if _NO_TEXT.search(body) or _NO_TEXT.search(html or ""):
        return "has a character in its text that cannot be sent"
    return None
