"""axe-core looks over every page, in a real browser, as readers of all kinds get it."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from every_page import open_site, see_every_page
from web_shop import running

from crmlib.cli._chromium import Chromium, find_chromium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmlib.cli._chromium import ChromiumPage

pytestmark = pytest.mark.skipif(
    find_chromium() is None, reason="NOT LOOKED OVER BY AXE: there is no Chromium here"
)
AXE = files("axe_playwright_python").joinpath("axe.min.js")
SIZES = {"phone": (390, 844), "desktop": (1280, 900)}
ALL_RULES: dict[str, Any] = {"resultTypes": ["violations"]}
BY_LOOKS = ALL_RULES | {
    "runOnly": [
        "color-contrast",
        "link-in-text-block",
        "target-size",
        "scrollable-region-focusable",
    ]
}
"""The rules that depend on the size of the window, or on light and dark."""

PUT = """(text => {
    const page = new DOMParser().parseFromString(text, "text/html");
    document.title = page.title;
    document.documentElement.lang = page.documentElement.lang;
    document.body.replaceWith(page.body);
})(%s)"""
LOOK = """axe.run(document, %s).then(found => found.violations.map(rule => (
    `${rule.impact}: ${rule.id}: ${rule.nodes.map(node => node.html)}`)))"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Give every page of the app by its name; the first is its address on a real server."""
    with open_site(tmp_path_factory.mktemp("axe")) as site:
        seen = {lang: see_every_page(site, lang) for lang in ("ko", "en")}
        with running(site.app) as address:
            yield {"": f"{address}{site.opt_out}"} | {
                name: page.text for part in seen.values() for name, page in part.items()
            }


@pytest.fixture(scope="module")
def window(pages: dict[str, str]) -> Iterator[ChromiumPage]:
    """Open one window for all pages; axe may run in it, whatever the policy of a page says."""
    with Chromium(find_chromium()) as chromium:
        window = chromium.open_page(*SIZES["phone"])
        window.call("Page.setBypassCSP", enabled=True)
        window.go(pages[""])
        window.ask(AXE.read_text(encoding="utf-8"))
        yield window


def put(window: ChromiumPage, page: str) -> None:
    """Put a page in the place of the one before; all have one head, and its style."""
    window.ask(PUT % json.dumps(page))


def look_over(window: ChromiumPage, rules: dict[str, Any]) -> list[str]:
    """Give what axe finds: how bad it is, its rule, and where."""
    said = window.call(
        "Runtime.evaluate",
        expression=LOOK % json.dumps(rules),
        awaitPromise=True,
        returnByValue=True,
    )
    found: list[str] = said["result"]["value"]
    return found


def show_as(window: ChromiumPage, size: str, theme: str) -> None:
    """Make the window that of a phone or of a desktop, light or dark."""
    width, height = SIZES[size]
    window.call(
        "Emulation.setDeviceMetricsOverride",
        width=width,
        height=height,
        deviceScaleFactor=1,
        mobile=size == "phone",
    )
    features = [{"name": "prefers-color-scheme", "value": theme}]
    window.call("Emulation.setEmulatedMedia", features=features)


def test_axe_finds_nothing(pages: dict[str, str], window: ChromiumPage) -> None:
    """Neither grave nor minor, on no page, Korean or English."""
    show_as(window, "phone", "light")
    found = {}
    for name, page in list(pages.items())[1:]:
        put(window, page)
        found[name] = look_over(window, ALL_RULES)

    assert len(found) > 70
    assert {name: what for name, what in found.items() if what} == {}


@pytest.mark.parametrize(
    ("size", "theme"),
    [("phone", "dark"), ("desktop", "light"), ("desktop", "dark")],
    ids=["phone dark", "desktop light", "desktop dark"],
)
def test_axe_finds_nothing_in_other_windows(
    pages: dict[str, str], window: ChromiumPage, size: str, theme: str
) -> None:
    """What depends on the size and colours of the window holds in each."""
    show_as(window, size, theme)
    found = {}
    for name, page in pages.items():
        if name.startswith("ko"):
            put(window, page)
            found[name] = look_over(window, BY_LOOKS)

    assert len(found) > 35
    assert {name: what for name, what in found.items() if what} == {}


def test_axe_would_find_it(pages: dict[str, str], window: ChromiumPage) -> None:
    """Pale text, a field without a label and a page without its language are found."""
    show_as(window, "phone", "light")
    bad = pages["en register"].replace('<label for="contact">', "<label>")
    put(window, bad.replace("<h1>", '<h1 style="color: #ccc">').replace('lang="en"', ""))
    found = look_over(window, ALL_RULES)

    assert sorted(what.partition(": <")[0] for what in found) == [
        "critical: label",
        "serious: color-contrast",
        "serious: html-has-lang",
        "serious: label-title-only",
    ]
