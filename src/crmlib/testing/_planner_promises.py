"""The promises of :class:`crmlib.interfaces.MessagePlanner`, a function each.

Every function takes the trial; its docstring is the sentence of the contract.
"""
# ruff: noqa: D401 -- a promise is a statement, no order

from __future__ import annotations

import re
from itertools import cycle
from typing import TYPE_CHECKING

import pandas as pd

from crmlib.exceptions import ConformanceError
from crmlib.interfaces import MessagePlanner
from crmlib.messages import MEDIA
from crmlib.safe_text import is_line
from crmlib.testing._estimator_trial import require_same
from crmlib.testing._registered_promises import REGISTERED, gives_whole_registered_texts

if TYPE_CHECKING:
    from crmlib.testing._estimator_trial import EstimatorTrial

BUTTON = ("button_label", "button_url")
CANARY = "canary-5417"
PRODUCT = "1337"
"""What 7 * 191 gives: it stands in a text only if somebody calculated it."""

DISTURBING_NAMES = (
    "Mina\nKim",
    "Mina\u2028Kim",
    "Mina\tKim",
    "{",
    "}",
    "{}",
    "{0}",
    "%",
    "%s",
    "$",
    "\\",
    '"',
    ",",
    "",
)
EXPRESSIONS = (
    "{region}",
    "{{region}}",
    "{{ region }}",
    "{region!r}",
    "${region}",
    "$region",
    "%(region)s",
    "<%= region %>",
    "{{ 7 * 191 }}",
    "{7 * 191}",
    "${7 * 191}",
)
MARKUP = ("<b>Mina</b>", '"><img src=x onerror=alert(1)>', "</p><script>alert(1)</script>")
SITES = ("@evil.example/x y", "evil.example/?a=1&b=2#c", "../../evil")
WEB_ADDRESS = re.compile(r"https?://[^\s<>\"'\\]+")
LONG = 100_000
LINE_BREAKS = (
    "Mina\r\nBcc: other@example.com",
    "Mina\nKim",
    "Mina\u2028Kim",
    "Mina\x00Kim",
    "Mina\u202eKim",
)


def gives_the_columns_of_a_plan(trial: EstimatorTrial) -> None:
    """The answer is a DataFrame with the columns of MessagePlanner.columns, in that order."""
    answer = trial.question(trial.fitted(), trial.asked.copy())
    columns = list(getattr(answer, "columns", []))
    if columns != list(MessagePlanner.columns):
        raise ConformanceError(
            f"a DataFrame with the columns {list(MessagePlanner.columns)}",
            f"a {type(answer).__name__} with {columns}",
            "end with: return table[list(self.columns)]",
        )


def keeps_the_audience_in_order(trial: EstimatorTrial) -> None:
    """The answer has the index of the audience, in the same order."""
    answer = trial.question(trial.fitted(), trial.asked.copy())
    if not answer.index.equals(trial.asked.index):
        raise ConformanceError(
            f"the index of the audience: {list(trial.asked.index[:3])}, …",
            f"{list(answer.index[:3])}, …",
            "build the answer with index=audience.index",
        )


def writes_a_message_or_names_the_problem(trial: EstimatorTrial) -> None:
    """Each row has a body, or a problem that says why there can be none, on every medium."""
    fitted = trial.fitted()
    for medium in MEDIA:
        answer = fitted.plan(trial.asked.copy(), medium=medium)
        for customer, body, problem in zip(
            trial.asked.index, answer["body"], answer["problem"], strict=True
        ):
            if not (_is_text(problem) if _is_there(problem) else _is_text(body)):
                raise ConformanceError(
                    f"a body or a problem for customer {customer!r} by {medium}",
                    f"body {body!r} and problem {problem!r}",
                    "write a sentence into problem where there is no body",
                )


def gives_text_or_nothing(trial: EstimatorTrial) -> None:
    """Template, subject, HTML, button, registered text are text or missing, no other type."""
    answer = trial.answer(trial.fitted())
    for column in ("template", "subject", "html", *BUTTON, *REGISTERED):
        for value in answer[column]:
            if _is_there(value) and not isinstance(value, str):
                raise ConformanceError(
                    f"text or None in the column {column!r}", repr(value), "convert it with str()"
                )


def says_why(trial: EstimatorTrial) -> None:
    """Each message has a sentence that says why this customer gets this one."""
    answer = trial.answer(trial.fitted())
    for why, problem in zip(answer["why"], answer["problem"], strict=True):
        if not _is_there(problem) and not (_is_text(why) and " " in why.strip()):
            raise ConformanceError(
                "a sentence in the column 'why'",
                repr(why),
                "say which rule, segment or purchase led to this message",
            )


def writes_to_customers_it_never_saw(trial: EstimatorTrial) -> None:
    """Customers that fit never saw get a message or a problem too."""
    strangers = trial.asked.copy()
    strangers.index = pd.Index(
        [f"stranger {row}" for row in range(len(strangers))], name=strangers.index.name
    )
    answer = trial.answer(trial.fitted(), strangers)
    n_answered = sum(
        _is_there(body) or _is_there(problem)
        for body, problem in zip(answer["body"], answer["problem"], strict=True)
    )
    if n_answered != len(strangers):
        raise ConformanceError(
            f"a body or a problem for each of {len(strangers)} unknown customers",
            f"{n_answered}",
            "fall back on what is known of all customers",
        )


def keeps_strange_names_in_their_row(trial: EstimatorTrial) -> None:
    """A name with braces, quotes or line breaks alters no message but its own."""
    fitted = trial.fitted()
    audience = _named(trial.asked, "Mina")
    plain = trial.answer(fitted, audience).iloc[1::2]
    strange = cycle(DISTURBING_NAMES)
    audience["name"] = [
        name if row % 2 else next(strange) for row, name in enumerate(audience["name"])
    ]
    require_same(
        trial.answer(fitted, audience).iloc[1::2],
        plain,
        f"a message as it was when others get names such as {DISTURBING_NAMES}",
        "write each message by itself; join and split no texts",
    )


def reads_no_fields_in_names(trial: EstimatorTrial) -> None:
    """A name that looks like a merge field or an expression is a name: nothing is put in."""
    fitted = trial.fitted()
    told = _count(trial.answer(fitted, _named(trial.asked, "Mina")))
    for name in EXPRESSIONS:
        found = _count(trial.answer(fitted, _named(trial.asked, name)))
        if (found > told).any():
            raise ConformanceError(
                f"the name {name!r} as it is",
                "a text in which it was replaced by a value",
                "fill the template once; never fill in what was filled in",
            )


def escapes_names_in_html(trial: EstimatorTrial) -> None:
    """No name stands unescaped in an HTML part."""
    fitted = trial.fitted()
    for name in MARKUP:
        for html in trial.answer(fitted, _named(trial.asked, name))["html"]:
            if _is_there(html) and name in html:
                raise ConformanceError(
                    f"the name {name!r} escaped in the HTML part",
                    repr(html),
                    "pass what comes from customers through html.escape()",
                )


def keeps_subjects_on_one_line(trial: EstimatorTrial) -> None:
    """No name brings a line break or control character into a subject: the row is held."""
    fitted = trial.fitted()
    for name in LINE_BREAKS:
        answer = trial.answer(fitted, _named(trial.asked, name))
        for subject, problem in zip(answer["subject"], answer["problem"], strict=True):
            if not _is_there(problem) and _is_there(subject) and not is_line(subject):
                raise ConformanceError(
                    "a subject on one line, or a problem",
                    repr(subject),
                    "replace control characters in what is merged into a subject",
                )


def gives_whole_buttons(trial: EstimatorTrial) -> None:
    """A button has a label on one line and a web address, or there is none."""
    answer = trial.answer(trial.fitted())
    for label, address in zip(answer["button_label"], answer["button_url"], strict=True):
        given = [value for value in (label, address) if _is_there(value)]
        is_whole = len(given) == 2 and is_line(label) and WEB_ADDRESS.fullmatch(address)  # noqa: PLR2004 -- label and address
        if given and not is_whole:
            raise ConformanceError(
                "a button with a label and an address that begins with https://, or none",
                f"label {label!r} and address {address!r}",
                "give both columns, or leave both empty",
            )


def keeps_the_site_of_its_buttons(trial: EstimatorTrial) -> None:
    """No name leads a button to another site, or stands unencoded in its address."""
    fitted = trial.fitted()
    sites = _sites(trial.answer(fitted, _named(trial.asked, "Mina")))
    for name in SITES:
        answer = trial.answer(fitted, _named(trial.asked, name))
        is_raw = any(name in url for url in answer["button_url"] if isinstance(url, str))
        if is_raw or not _sites(answer) <= sites:
            raise ConformanceError(
                f"a button for {name!r} that leads where that of 'Mina' leads",
                f"{answer['button_url'].dropna().unique()[:1]}",
                "begin the address with your own site; pass values through urllib.parse.quote()",
            )


def is_not_drowned_by_a_name(trial: EstimatorTrial) -> None:
    """A name of 100,000 characters makes no text of that length: it is held, or cut."""
    answer = trial.answer(trial.fitted(), _named(trial.asked, "x" * LONG))
    texts = answer[["subject", "body", "html", *BUTTON, *REGISTERED]].to_numpy()
    longest = max((len(text) for row in texts for text in row if isinstance(text, str)), default=0)
    if longest > LONG / 2:
        raise ConformanceError(
            f"texts that do not grow with a name of {LONG:,} characters",
            f"one of {longest:,} characters",
            "hold the row of a customer with such a value, with a problem that says so",
        )


def _sites(answer: pd.DataFrame) -> set[str]:
    urls = answer["button_url"].dropna()
    return {"/".join(url.split("/")[:3]) for url in urls}


def _named(audience: pd.DataFrame, name: str) -> pd.DataFrame:
    """Give *audience* with everybody called *name* and a canary for a region."""
    return audience.assign(
        name=pd.Series(name, index=audience.index, dtype=object),
        region=pd.Series(CANARY, index=audience.index, dtype=object),
    )


def _count(answer: pd.DataFrame) -> pd.Series[int]:
    """Count in each row what stands in a text only if a name was evaluated."""
    parts = ["subject", "body", "html", "registered_variables"]
    texts = ["".join(map(str, row)) for row in answer[parts].to_numpy()]
    return pd.Series([text.count(CANARY) + text.count(PRODUCT) for text in texts])


def _is_there(value: object) -> bool:
    return not pd.isna(value)  # type: ignore[call-overload]  # a scalar, by contract


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


PLANNING_PROMISES = [
    gives_the_columns_of_a_plan,
    keeps_the_audience_in_order,
    writes_a_message_or_names_the_problem,
    gives_text_or_nothing,
    says_why,
    writes_to_customers_it_never_saw,
    keeps_strange_names_in_their_row,
    reads_no_fields_in_names,
    escapes_names_in_html,
    keeps_subjects_on_one_line,
    gives_whole_buttons,
    gives_whole_registered_texts,
    keeps_the_site_of_its_buttons,
    is_not_drowned_by_a_name,
]
