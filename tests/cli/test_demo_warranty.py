"""``crmlib demo --warranty``: from the QR code to the opt-out, with real parts."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from crmlib.cli._chromium import Chromium, find_chromium
from crmlib.cli._demo_sales import Buyer
from crmlib.cli._demo_visitors import BrowserVisitor
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
    done = crmlib("demo", "--warranty", "--customers", 100, "--seed", 38, "--out", "made")

    assert done.code == 0, done.err
    assert "no Chromium was found" in done.out
    assert "1 gave an address that cannot be one" in done.out
    assert " events, whole.\n" in done.out
    assert "(광고)" in done.out
    assert "blocked 1" in done.out
    assert not list((tmp_path / "made" / "screens").iterdir())
    assert (tmp_path / "made" / "qr-codes.html").exists()


@needs_chromium
def test_the_demo_registers_in_a_browser(crmlib: Callable, tmp_path: Path) -> None:
    """Each page is a picture, of a phone or of a desktop; so is the opt-out."""
    done = crmlib("demo", "--warranty", "--customers", 100, "--seed", 1, "--out", "made")

    assert done.code == 0, done.err
    assert "2 in Chromium" in done.out
    screens = sorted((tmp_path / "made" / "screens").glob("*-registered.png"))
    widths = {}
    for screen in screens:
        with Image.open(screen) as picture:
            widths[screen.name.partition("-")[0]] = picture.width
    assert widths == {"desktop": 1280, "phone": 780}
    assert (tmp_path / "made" / "screens" / "phone-6-opted-out.png").exists()


def test_where_nobody_is_new_nothing_is_sent(
    crmlib: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shop whose buyers are all known from elsewhere, or did not agree, gets no campaign."""
    monkeypatch.setattr("crmlib.cli._demo_warranty.find_chromium", lambda: None)
    done = crmlib("demo", "--warranty", "--customers", 100, "--seed", 2, "--out", "made")

    assert done.code == 0, done.err
    assert "Of the others 0 agreed" in done.out
    assert "Messages" not in done.out


@needs_chromium
def test_a_page_that_asks_again_ends_the_visit(tmp_path: Path) -> None:
    """Whoever is asked for another address, and for no code, has not registered."""
    (tmp_path / "certificate.html").write_text('<a class="button" href="contact.html">on</a>')
    (tmp_path / "contact.html").write_text('<form><input id="contact"><button>on</button></form>')
    buyer = Buyer(
        sales_channel="shop",
        order_id="1",
        name="Mina",
        email="mina at example.com",
        language="ko",
        agrees=True,
    )
    with Chromium(find_chromium()) as browser:
        page = browser.open_page(390, 844, is_phone=True)
        visitor = BrowserVisitor(page=page, mailbox=None, folder=tmp_path, name="phone")

        assert not visitor.register(f"{(tmp_path / 'certificate.html').as_uri()}?w=x", buyer)


def test_real_orders_have_no_warranty_demo(crmlib: Callable) -> None:
    """The demo of the warranty makes its own orders."""
    done = crmlib("demo", "--warranty", "--orders", "orders.csv")

    assert (done.code, "left out beside --warranty" in done.err) == (3, True)


@needs_chromium
def test_what_a_browser_cannot_do_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown command is refused in words, and a browser that ended is noticed."""
    with Chromium(find_chromium()) as browser, pytest.raises(UnsupportedFeatureError, match="No"):
        browser.call("No.such")
    monkeypatch.setattr("crmlib.cli._chromium._SECONDS", 0)
    silent = tmp_path / "silent"
    silent.write_text("#!/bin/sh\nexec sleep 60\n")
    silent.chmod(0o700)
    with pytest.raises(UnsupportedFeatureError, match="be driven"), Chromium(str(silent)) as mute:
        mute.call("Browser.getVersion")
    with Chromium("/bin/true") as ended:
        os.waitid(os.P_PID, ended._pid, os.WEXITED | os.WNOWAIT)
        with pytest.raises(UnsupportedFeatureError, match="be driven"):
            ended.call("Browser.getVersion")
