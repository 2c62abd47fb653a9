"""A headless Chromium, if there is one, driven by its own debugging protocol."""

from __future__ import annotations

import fcntl
import json
import os
import select
import shutil
import signal
import tempfile
from base64 import b64decode
from pathlib import Path
from typing import Any, Final, Self

from crmlib.exceptions import UnsupportedFeatureError

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "chrome")
_SECONDS: Final = 60.0
_OPTIONS: Final = (
    *("--headless=new", "--remote-debugging-pipe", "--disable-gpu", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-dev-shm-usage", "--disable-extensions", "--mute-audio", "--hide-scrollbars"),
)


def find_chromium() -> str | None:
    """Say where a Chromium is, if there is one."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


class Chromium:
    """A browser of its own, with an empty profile, while the ``with`` block lasts.

    It is told what to do over two pipes, so that nobody else can.
    """

    def __init__(self, program: str) -> None:
        self._profile = tempfile.mkdtemp(prefix="crmlib-chromium-")
        told, self._tell = os.pipe()
        self._hear, said = os.pipe()
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (told, said)]
        root = ["--no-sandbox"] if os.geteuid() == 0 else []
        self._pid = os.posix_spawn(
            program,
            [program, *_OPTIONS, *root, f"--user-data-dir={self._profile}", "about:blank"],
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_DUP2, ends[0], 3),
                (os.POSIX_SPAWN_DUP2, ends[1], 4),
            ],
        )
        for end in (told, said, *ends):
            os.close(end)
        self._buffer = b""
        self._number = 0

    def open_page(self, width: int, height: int, *, is_phone: bool = False) -> ChromiumPage:
        """Give a page of that many pixels, of a phone or of a desktop."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = ChromiumPage(self, session)
        page.call("Page.enable")
        page.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=2 if is_phone else 1,
            mobile=is_phone,
        )
        return page

    def call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Ask for something, and give the answer."""
        self._number += 1
        number = self._number
        asked = {"id": number, "method": method, "params": parameters}
        if session is not None:
            asked["sessionId"] = session
        try:
            os.write(self._tell, json.dumps(asked).encode() + b"\0")
        except BrokenPipeError:
            raise _ended() from None
        while True:
            said = self._read()
            if said.get("id") == number:
                break
        if "error" in said:
            raise UnsupportedFeatureError("Chromium", method, said["error"]["message"])
        result: dict[str, Any] = said["result"]
        return result

    def wait_for(self, event: str, session: str) -> None:
        """Read until *event* of *session* comes."""
        while True:
            said = self._read()
            if said.get("method") == event and said.get("sessionId") == session:
                return

    def close(self) -> None:
        """End it, and forget its profile."""
        os.kill(self._pid, signal.SIGTERM)
        os.waitpid(self._pid, 0)
        os.close(self._tell)
        os.close(self._hear)
        shutil.rmtree(self._profile, ignore_errors=True)

    def _read(self) -> dict[str, Any]:
        """Read one message."""
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._hear], [], [], _SECONDS)
            more = os.read(self._hear, 65_536) if ready else b""
            if not more:
                raise _ended()
            self._buffer += more
        message, _, self._buffer = self._buffer.partition(b"\0")
        said: dict[str, Any] = json.loads(message)
        return said

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


class ChromiumPage:
    """One page: it goes somewhere, fills in, presses, and is looked at."""

    def __init__(self, browser: Chromium, session: str) -> None:
        self._browser = browser
        self._session = session

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Ask for something on this page."""
        return self._browser.call(method, self._session, **parameters)

    def go(self, url: str) -> None:
        """Open *url*, and wait until it is there."""
        self.call("Page.navigate", url=url)
        self._browser.wait_for("Page.loadEventFired", self._session)

    def ask(self, script: str) -> Any:
        """Give what a line of JavaScript says."""
        said = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        return said["result"].get("value")

    def fill(self, selector: str, text: str) -> None:
        """Type *text* into a field."""
        self.ask(f"document.querySelector({json.dumps(selector)}).focus()")
        self.call("Input.insertText", text=text)

    def press(self, selector: str) -> None:
        """Press what leads to another page, and wait until that is there."""
        self.ask(f"document.querySelector({json.dumps(selector)}).click()")
        self._browser.wait_for("Page.loadEventFired", self._session)

    def tick(self, selector: str) -> None:
        """Tick a box."""
        self.ask(f"document.querySelector({json.dumps(selector)}).click()")

    def save(self, path: Path) -> None:
        """Write the whole page as a PNG file."""
        said = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(b64decode(said["data"]))


def _ended() -> UnsupportedFeatureError:
    return UnsupportedFeatureError(
        "this Chromium", "be driven", "use another, or none: the demo works without"
    )
