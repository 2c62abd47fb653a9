"""``crmlib demo --warranty``: from the QR code to the opt-out, with real parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image

from crmlib.cli._chromium import Chromium, find_chromium
from crmlib.exceptions import UnsupportedFeatureError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

needs_chromium = pytest.mark.skipif(find_chromium() is None, reason="there is no Chromium here")


def test_the_demo_works_without_a_browser(
    crmlib: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same forms by HTTP: certificates, registrations, messages, one opt-out that holds."""
    monkeypatch.setattr("crmlib.cli._demo_warranty.find_chromium", lambda: None)
    done = crmlib("demo", "--warranty", "--customers", 150, "--out", "made")

    assert done.code == 0, done.err
    assert "no Chromium was found" in done.out
    assert "whole: True" in done.out
    assert "(광고)" in done.out
    assert "blocked 1" in done.out
    assert not list((tmp_path / "made" / "screens").iterdir())
    assert (tmp_path / "made" / "qr-codes.html").exists()


@needs_chromium
def test_the_demo_registers_in_a_browser(crmlib: Callable, tmp_path: Path) -> None:
    """Each page is a picture of a phone or a desktop; where nobody is new, nothing is sent."""
    done = crmlib("demo", "--warranty", "--customers", 100, "--seed", 2, "--out", "made")

    assert done.code == 0, done.err
    assert "2 in Chromium" in done.out
    screens = sorted((tmp_path / "made" / "screens").glob("*-registered.png"))
    widths = {}
    for screen in screens:
        with Image.open(screen) as picture:
            widths[screen.name.partition("-")[0]] = picture.width
    assert widths == {"desktop": 1280, "phone": 780}


def test_real_orders_have_no_warranty_demo(crmlib: Callable) -> None:
    """The demo of the warranty makes its own orders."""
    done = crmlib("demo", "--warranty", "--orders", "orders.csv")

    assert (done.code, "left out beside --warranty" in done.err) == (3, True)


@needs_chromium
def test_what_a_browser_cannot_do_is_told() -> None:
    """An unknown command is refused in words, and a browser that ended is noticed."""
    with Chromium(find_chromium()) as browser, pytest.raises(UnsupportedFeatureError, match="No"):
        browser.call("No.such")
    with pytest.raises(UnsupportedFeatureError, match="be driven"), Chromium("/bin/true") as ended:
        ended.call("Browser.getVersion")
