"""axe-core looks over every page, in a real browser, as readers of all kinds get it."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from every_page import open_site, see_every_page
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Mount, Route
from web_shop import running

from crmlib.cli._chromium import Chromium, find_chromium

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx2
    from starlette.requests import Request

    from crmlib.cli._chromium import ChromiumPage

needs_chromium = pytest.mark.skipif(
    find_chromium() is None, reason="NOT LOOKED OVER BY AXE: there is no Chromium here"
)
AXE = files("axe_playwright_python").joinpath("axe.min.js")
GRAVE = ("serious", "critical")
SIZES = {"phone": (390, 844), "desktop": (1280, 900)}
BY_LOOKS = ["color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable"]
"""Rules that depend on the size of the window or on light and dark."""

RUN = """axe.run(document, %s).then(found => found.violations.map(rule => (
    [rule.id, rule.impact, rule.nodes.map(node => node.html).join(" ")])))"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[str]]]:
    """Serve every page as the app gave it, headers and all; give the address and their names."""
    with open_site(tmp_path_factory.mktemp("axe")) as opened:
        pages: dict[str, httpx2.Response] = {}
        for lang in ("ko", "en"):
            pages |= see_every_page(opened, lang)

        async def show(request: Request) -> Response:
            page = pages[request.path_params["name"]]
            return Response(page.content, 200, dict(page.headers))

        app = Starlette(routes=[Route("/seen/{name}", show), Mount("/", opened.app)])
        with running(app) as address:
            yield address, list(pages)


@pytest.fixture(scope="module")
def browser() -> Iterator[ChromiumPage]:
    """Open one window for all pages; axe may run in it, whatever the policy of a page says."""
    with Chromium(find_chromium()) as chromium:
        window = chromium.open_page(*SIZES["phone"])
        window.call("Page.setBypassCSP", enabled=True)
        yield window


def look_over(browser: ChromiumPage, rules: str = "{}") -> list[list[str]]:
    """Give what axe finds: its rule, how bad it is, and where."""
    said = browser.call(
        "Runtime.evaluate", expression=RUN % rules, awaitPromise=True, returnByValue=True
    )
    found: list[list[str]] = said["result"]["value"]
    return found


def show_as(browser: ChromiumPage, size: str, theme: str) -> None:
    """Show the page in a window of some *size*, light or dark."""
    width, height = SIZES[size]
    is_phone = size == "phone"
    browser.call(
        "Emulation.setDeviceMetricsOverride",
        width=width,
        height=height,
        deviceScaleFactor=1,
        mobile=is_phone,
    )
    features = [{"name": "prefers-color-scheme", "value": theme}]
    browser.call("Emulation.setEmulatedMedia", features=features)


@needs_chromium
def test_axe_finds_nothing_grave(site: tuple[str, list[str]], browser: ChromiumPage) -> None:
    """On no page, of a phone or a desktop, light or dark, Korean or English."""
    address, names = site
    found: dict[str, Any] = {}
    for name in names:
        browser.go(f"{address}/seen/{name}")
        browser.ask(AXE.read_text(encoding="utf-8"))
        for size in SIZES:
            for theme in ("light", "dark"):
                show_as(browser, size, theme)
                whole = (size, theme) == ("phone", "light")
                rules = "{}" if whole else f"{{runOnly: {BY_LOOKS}}}"
                for what in look_over(browser, rules):
                    found.setdefault((*what[:2], what[2][:300]), []).append(f"{name}, {size}, {theme}")

    assert found == {}
