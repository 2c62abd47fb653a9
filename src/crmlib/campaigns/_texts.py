"""What each customer reads: the planner's words, dressed as the law wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np
import pandas as pd

from crmlib.campaigns._buttons import find_button_problem, write_link
from crmlib.campaigns._message_keys import message_keys
from crmlib.campaigns._registered import (
    carry_registered,
    find_added_lines,
    find_registered_problem,
)
from crmlib.exceptions import InvalidTableError
from crmlib.messages import Reason
from crmlib.safe_text import is_plain_line, is_text
from crmlib.tables import check_columns
from crmlib.text_limits import measure_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmlib.campaigns._draft import Draft, Places
    from crmlib.campaigns._opt_out_links import OptOutLinks
    from crmlib.campaigns._routes import Route
    from crmlib.interfaces import MessagePlanner
    from crmlib.messages import Sender
    from crmlib.policies import Dress


@attrs.frozen(kw_only=True)
class Dressed:
    """What the plan keeps of one message; one with a problem has no text."""

    message_key: str
    template: str | None
    propensity: object
    why_what: str
    problem: str | None
    subject: str | None
    message: str | None
    html: str | None
    button_label: str | None
    button_url: str | None
    registered_code: str | None
    registered_variables: str | None
    opt_out_url: str | None


# without blanks a header cannot be folded, and SMTP takes lines of 998 bytes
_LONGEST_WORD: Final = 900
_LONGEST_NAME: Final = 400

_PREVIEWED: Final = {"body": "message", "why": "why_what"}
"""Columns of planners that a plan calls otherwise."""

_KEPT: Final = tuple(field.name for field in attrs.fields(Dressed) if field.name != "problem")


def dress_messages(
    draft: Draft,
    audience: pd.DataFrame,
    route: Route,
    *,
    places: Places,
    planner: MessagePlanner,
    sender: Sender,
    links: OptOutLinks,
    campaign: str,
) -> None:
    """Give those at *places*, all on *route*, their messages; hold who can get none."""
    keys = message_keys(campaign, draft.columns["address"][places])
    ways_out = [links.write(key) for key in keys]
    asked = _with_ways_out(audience.iloc[places], ways_out)
    answers = _ask(planner, asked, route.capabilities.medium)
    names = draft.columns["name"][places]
    dress = route.rule.tailor(sender)
    dressed = [
        _dress_one(answer, route, dress, way_out, key=key, name=name)
        for answer, way_out, key, name in zip(answers, ways_out, keys, names, strict=True)
    ]
    for column in _KEPT:
        draft.fill(column, places, [getattr(message, column) for message in dressed])
    held = np.array([message.problem is not None for message in dressed], dtype=bool)
    problems = [message.problem for message in dressed if message.problem is not None]
    draft.hold(places[held], Reason.NO_MESSAGE.value, problems)


def dress_preview(
    audience: pd.DataFrame,
    route: Route,
    *,
    planner: MessagePlanner,
    sender: Sender,
    links: OptOutLinks,
    campaign: str,
) -> pd.DataFrame:
    """Give the planner's answer for *audience*, dressed and measured as it would be sent.

    Raises
    ------
    InvalidParameterError
        If *sender* lacks what the law shows.
    """
    dress = route.rule.tailor(sender)
    (key,) = message_keys(campaign, ["preview"])
    way_out = links.write(key)
    asked = _with_ways_out(audience, [way_out] * len(audience))
    answers = _ask(planner, asked, route.capabilities.medium)
    names = audience["name"]
    dressed = [
        _dress_one(answer, route, dress, way_out, key=key, name=name)
        for answer, name in zip(answers, names, strict=True)
    ]
    columns = {
        column: [getattr(message, _PREVIEWED.get(column, column)) for message in dressed]
        for column in planner.columns
    }
    return pd.DataFrame(columns, index=audience.index, dtype=object)


def _with_ways_out(audience: pd.DataFrame, ways_out: list[str | None]) -> pd.DataFrame:
    """Put beside each customer where they opt out, so that texts can say it as they like."""
    known = [way_out for way_out in ways_out if way_out is not None]
    return audience.assign(opt_out_url=known) if len(known) == len(audience) else audience


def _ask(planner: MessagePlanner, audience: pd.DataFrame, medium: str) -> list[dict[str, Any]]:
    """Give the planner's answer for each of *audience*, None where it has nothing to say."""
    messages = planner.plan(audience, medium=medium)
    name = f"the answer of {type(planner).__name__}"
    check_columns(name, messages, planner.columns)
    if not messages.index.equals(audience.index):
        raise InvalidTableError(
            name, "is not indexed like the audience", "check it with crmlib.testing.planner_checks"
        )
    plain = messages[list(planner.columns)].astype(object)
    answers: Any = plain.where(plain.notna(), None).to_dict("records")
    return list(answers)


def _dress_one(
    answer: Mapping[str, Any],
    route: Route,
    dress: Dress,
    way_out: str | None,
    *,
    key: str,
    name: str | None,
) -> Dressed:
    """Dress one message, or say what is wrong with it."""
    parts, note = _carried(answer, route)
    label, address = _button(answer)
    registered, told = carry_registered(answer, route)
    note += told
    subject: str | None = None
    body: str | None = None
    html: str | None = None
    template, url = answer["template"], None
    problem = (
        answer["problem"]
        or _find_problem(route, name, label, address, **parts)
        or find_registered_problem(registered, route)
    )
    if not problem:
        url = way_out
        if label and address and not route.capabilities.button:
            parts |= write_link(parts["body"], parts["html"], label, address)
            label = address = None
        subject, body, html = dress.put_on(**parts, opt_out_url=url)
        size, problem = _measure(route, body, subject, label)
        problem = find_added_lines(registered, parts["body"], body) or problem
        note += size
    if problem:
        problem = f"template {template!r}: {problem}" if template else problem
        subject = body = html = label = address = url = None
        registered = dict.fromkeys(registered)
    return Dressed(
        message_key=key,
        template=template,
        propensity=answer["propensity"],
        why_what=f"{answer['why'] or ''}{note}",
        problem=problem,
        subject=subject,
        message=body,
        html=html,
        button_label=label,
        button_url=address,
        **registered,
        opt_out_url=url,
    )


def _button(answer: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Give label and address of the button; empty texts are none."""
    return answer["button_label"] or None, answer["button_url"] or None


def _measure(
    route: Route, body: str, subject: str | None, label: str | None
) -> tuple[str, str | None]:
    """Say how long the text is for the network, and what is wrong with that."""
    limit = route.capabilities.text_limit
    if limit is None:
        return "", None
    size = measure_text(limit, body, subject=subject, button_label=label)
    return f"; {size}", size.problem


def _carried(answer: Mapping[str, Any], route: Route) -> tuple[dict[str, Any], str]:
    """Give the parts that the channel has a place for, and a note on those it has none for."""
    parts = {part: answer[part] for part in ("subject", "body", "html")}
    lost = []
    for part, name in (("subject", "subject"), ("html", "HTML part")):
        if parts[part] is not None and not getattr(route.capabilities, part):
            parts[part] = None
            lost.append(name)
    told = f"; without its {' and '.join(lost)}, which {route.channel} cannot carry"
    return parts, told if lost else ""


def _find_problem(
    route: Route,
    name: str | None,
    label: str | None,
    address: str | None,
    *,
    subject: str | None,
    body: str | None,
    html: str | None,
) -> str | None:
    if not (body and body.strip()):
        return "has no text"
    if subject is None and route.capabilities.medium == "email":
        return "has no subject, and e-mail needs one"
    return (
        _find_subject_problem(subject or "")
        or find_button_problem(label, address)
        or _find_unsendable(name or "", body, html or "")
    )


def _find_subject_problem(subject: str) -> str | None:
    if not is_plain_line(subject):
        return "has a subject with a line break or control character in it"
    if max(map(len, subject.split()), default=0) > _LONGEST_WORD:
        return f"has a subject with more than {_LONGEST_WORD} characters without a blank"
    return None


def _find_unsendable(name: str, body: str, html: str) -> str | None:
    if not is_plain_line(name):
        return "goes to a name with a line break or control character in it; clean the profile"
    if len(name) > _LONGEST_NAME:
        return f"goes to a name of more than {_LONGEST_NAME} characters; clean the profile"
    if not (is_text(body) and is_text(html)):
        return "has a character in its text that cannot be sent"
    return None
