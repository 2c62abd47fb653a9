"""How fast messages are written: merge fields beside Jinja2, and 1M customers beside 100k.

    python benchmarks/render.py                      # 100k for the race, 100k and 1M for growth
    python benchmarks/render.py --race 20000 --growth 10000 100000

Both write the same subject, text and HTML for the same customers, escaped and
percent-encoded at the same places, and the texts are compared.  Jinja2 gets
compiled templates and ready-made dicts, which are not counted; crmlib starts
from the table of customers and checks each value, which is.  They take turns
in one process.  All seconds are of the processor, since the machine is shared.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
import numpy as np
import pandas as pd
from results import describe_machine, write_section

from crmlib import Template, TemplatePlanner
from crmlib.planners import JinjaTemplate
from crmlib.planners._written_messages import write_messages

if TYPE_CHECKING:
    from collections.abc import Callable

CLAIM = 5
FLAT = 1.25
TURNS = 3
BLOCK = 100_000
NAMES = ("Mina", "Jun", "Oliver", "O'Neil & Sons", "김민아", "<b>Eve", None)
CATEGORIES = ("tops", "bags & more", "shoes", None)

PREFACE = """\
The claim: merge fields are written five times as fast as by Jinja2, at a time per customer that
does not grow.
Run it by `.venv/bin/python benchmarks/render.py`.  Seconds are of the processor."""
SUBJECT = "{name|Dear customer}, we miss you"
BODY = """\
Hello {name|there},

it has been {recency_days} days since you were here.  You ordered {frequency} times, and this is
what goes with the {favourite_category|things} that you bought: https://shop.example/for-you

Your customer number is {customer_id}.
"""
HTML = """\
<html><body><p>Hello {name|there},</p>
<p>it has been <b>{recency_days}</b> days since you were here.  You ordered {frequency} times, and
this is what goes with the {favourite_category|things} that you bought.</p>
<p><a href="https://shop.example/welcome?c={customer_id}&amp;n={name|}">Come in</a></p>
</body></html>
"""
FIELDS = Template(subject=SUBJECT, body=BODY, html=HTML)
FORMATS = Template(
    subject="{name|고객}님, {last_product:이/가} 기다려요",
    body=(
        "{name|고객}님, {last_purchase_at:date}에 사신 {last_product:을/를} 기억하시나요?\n"
        "지금까지 {monetary_value:money KRW:을/를} 쓰셨고, 포인트는 {points:number}점입니다."
    ),
)


def main() -> None:
    """Race, grow, print, and keep the result in RESULTS.md."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--race", type=int, default=100_000)
    parser.add_argument("--growth", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--grow-to", type=int)
    arguments = parser.parse_args()
    if arguments.grow_to:
        print(json.dumps(grow(arguments.grow_to)))
        return
    text = "\n\n".join(
        (
            PREFACE,
            race(arguments.race),
            tell_growth(arguments.growth),
            describe_machine("pandas", "jinja2", "markupsafe", "babel"),
        )
    )
    print(text)
    write_section("render", text)


def race(n: int) -> str:
    """Let both write the same messages to *n* customers, and compare time and texts."""
    audience = make_audience(0, n)
    places = list(range(n))
    records = [
        {key: None if value != value else value for key, value in record.items()}  # noqa: PLR0124 -- NaN
        for record in audience.reset_index().to_dict("records")
    ]
    jinja = compile_jinja()
    ours_jinja = JinjaTemplate(subject=to_jinja(SUBJECT), body=to_jinja(BODY), html=to_jinja(HTML))
    few = places[: n // 10]
    runs: dict[str, Callable[[], Any]] = {
        "`Template`": lambda: write_messages(FIELDS, audience, places),
        "Jinja2, compiled, dicts ready": lambda: [
            [template.render(record) for template in jinja] for record in records
        ],
        "`Template` with money, date, numbers, particles": lambda: write_messages(
            FORMATS, audience, places
        ),
        "`JinjaTemplate`": lambda: write_messages(ours_jinja, audience, few),
    }
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    answers: dict[str, Any] = {}
    for _ in range(TURNS):
        for name, run in runs.items():
            begun = time.process_time()
            answers[name] = run()
            seconds[name].append(time.process_time() - begun)
    check_same(*[answers[name] for name in list(runs)[:2]])
    each = {
        name: min(spent) / (len(few) if name == "`JinjaTemplate`" else n) * 1e6
        for name, spent in seconds.items()
    }
    fields, peer = list(each.values())[:2]
    rows = "\n".join(
        f"| {name} | {micro:.2f} | {1e6 / micro:,.0f} |" for name, micro in each.items()
    )
    verdict = "kept" if peer / fields >= CLAIM else "not kept"
    return f"""Subject, text and HTML of each of {n:,} customers (the third: subject and text);
the fastest of {TURNS} turns.

| writer | microseconds per customer | customers per second |
|---|---|---|
{rows}

The texts of the first two are the same, but for the spelling of the apostrophe in HTML.
`Template` is {peer / fields:.1f} times as fast as Jinja2: the claim ({CLAIM}) is {verdict}."""


def check_same(ours: dict[str, list[str]], theirs: list[list[str]]) -> None:
    """Refuse a race in which the writers wrote different texts."""
    for row, texts in enumerate(theirs):
        mine = [ours[part][row] for part in ("subject", "body", "html")]
        if mine != [text.replace("&#39;", "&#x27;") for text in texts]:
            raise SystemExit(f"row {row}: {mine} is not {texts}")


def compile_jinja() -> list[jinja2.Template]:
    """Compile the same texts, the HTML with escaping and links percent-encoded."""
    environments = [
        jinja2.Environment(
            autoescape=escaped, undefined=jinja2.StrictUndefined, keep_trailing_newline=True
        )
        for escaped in (False, False, True)
    ]
    texts = map(to_jinja, (SUBJECT, BODY, HTML))
    in_links = {
        "customer_id }}&": "customer_id|urlencode }}&",
        "n={{ name or '' }}": "n={{ (name or '')|urlencode }}",
    }
    compiled = []
    for environment, source in zip(environments, texts, strict=True):
        text = source
        for old, new in in_links.items():
            text = text.replace(old, new)
        compiled.append(environment.from_string(text))
    return compiled


def to_jinja(text: str) -> str:
    """Write merge fields as Jinja does."""
    pieces = pd.Series([text])
    pieces = pieces.str.replace(r"\{(\w+)\|([^}]*)\}", r"{{ \1 or '\2' }}", regex=True)
    return str(pieces.str.replace(r"(?<!\{)\{(\w+)\}", r"{{ \1 }}", regex=True).iloc[0])


def tell_growth(sizes: list[int]) -> str:
    """Plan for each of *sizes* in a process of its own, some blocks of customers at a time."""
    runs = {size: json.loads(_fresh(size)) for size in sizes}
    rows = "\n".join(
        f"| {size:,} | {run['seconds']:.1f} | {run['seconds'] / size * 1e6:.2f} | "
        f"{run['extra_mb']:,.0f} |"
        for size, run in runs.items()
    )
    each = [run["seconds"] / size for size, run in runs.items()]
    verdict = "kept" if max(each) <= FLAT * each[0] else "not kept"
    return f"""`TemplatePlanner.plan` of the same three parts, {BLOCK:,} customers at a time,
each size in a process of its own; memory is the peak over that before the first block.

| customers | seconds | microseconds per customer | MB |
|---|---|---|---|
{rows}

The claim that the time per customer does not grow (by a quarter at most) is {verdict}."""


def _fresh(size: int) -> str:
    command = [sys.executable, __file__, "--grow-to", str(size)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def grow(n: int) -> dict[str, float]:
    """Plan for *n* customers, block by block; give seconds and memory."""
    planner = TemplatePlanner({"default": FIELDS})
    planner.plan(make_audience(0, 1000), medium="email")
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before, spent, blocks = _memory_mb("VmRSS"), 0.0, []
    for start in range(0, n, BLOCK):
        audience = make_audience(start, min(BLOCK, n - start))
        begun = time.process_time()
        messages = planner.plan(audience, medium="email")
        spent += time.process_time() - begun
        blocks.append(int(messages["problem"].isna().sum()))
    if sum(blocks) != n:
        raise SystemExit(f"{n - sum(blocks)} customers got no message")
    return {"seconds": spent, "extra_mb": _memory_mb("VmHWM") - before}


def _memory_mb(kind: str) -> float:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{kind}:"):
            return int(line.split()[1]) / 1000
    raise SystemExit(f"this kernel does not tell {kind}")


def make_audience(start: int, n: int) -> pd.DataFrame:
    """Make up *n* customers from number *start* on."""
    random = np.random.default_rng(start)
    products = np.array(["셔츠", "가방", "linen jacket", "청바지(블루)"], dtype=object)
    days = pd.to_datetime("2026-11-01", utc=True) - pd.to_timedelta(
        random.integers(1, 400, n), unit="D"
    )
    columns = {
        "segment": np.full(n, "At Risk", dtype=object),
        "locale": np.array(["ko-KR", "en-GB"], dtype=object)[random.integers(0, 2, n)],
        "name": np.array(NAMES, dtype=object)[random.integers(0, len(NAMES), n)],
        "favourite_category": np.array(CATEGORIES, dtype=object)[random.integers(0, 4, n)],
        "recency_days": random.integers(1, 400, n),
        "frequency": random.integers(1, 30, n),
        "monetary_value": np.round(random.lognormal(11, 1, n)),
        "points": random.integers(0, 100_000, n),
        "last_product": products[random.integers(0, 4, n)],
        "last_purchase_at": days,
    }
    index = pd.Index([f"C{number:08d}" for number in range(start, start + n)], name="customer_id")
    return pd.DataFrame(columns, index=index)


if __name__ == "__main__":
    main()
