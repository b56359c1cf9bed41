"""Debian's Firefox, driven by WebDriver BiDi (W3C) over its own port: a page at a size, in a theme, and scripts."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import IO, Any

import pytest
from visitors import SESSION
from websockets.sync.client import ClientConnection, connect

QUIET = {
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.aboutConfig.showWarning": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.proxy.type": 0,
    "services.settings.server": "",
    "toolkit.telemetry.enabled": False,
}
"""Preferences of a Firefox that asks nobody but the pages it is sent to."""
THEMES = {"dark": 0, "light": 1}
SECONDS = 60
KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Escape": "\ue00c", "Space": " ", "ArrowDown": "\ue015"}
"""Keys without a sign of their own (WebDriver, section 17.4.2)."""


@dataclass
class Firefox:
    """One Firefox with one page."""

    socket: ClientConnection
    page: str = ""
    complaints: list[str] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Return the result of a command."""
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            answer = json.loads(self.socket.recv(timeout=SECONDS))
            if answer.get("method") == "log.entryAdded" and answer["params"]["level"] == "error":
                self.complaints.append(answer["params"]["text"])
            if answer.get("id") == number:
                assert answer["type"] == "success", answer
                return dict(answer["result"])

    def sign_in(self, token: str) -> None:
        """Put the cookie of a session in."""
        self.ask("storage.setCookie", cookie={
            "name": SESSION, "value": {"type": "string", "value": token}, "domain": "127.0.0.1", "path": "/",
            "secure": True, "httpOnly": True, "sameSite": "strict",
        })  # fmt: skip

    def go(self, address: str) -> None:
        self.ask("browsingContext.navigate", context=self.page, url=address, wait="complete")

    def resize(self, width: int, height: int) -> None:
        self.ask("browsingContext.setViewport", context=self.page, viewport={"width": width, "height": height})

    def run(self, script: str) -> Any:
        """Return what an expression gives, as JSON; a promise is waited for."""
        answer = self.ask(
            "script.evaluate",
            expression=f"Promise.resolve({script}).then((given) => JSON.stringify(given ?? null))",
            target={"context": self.page},
            awaitPromise=True,
        )
        assert answer["type"] == "success", answer
        return json.loads(answer["result"]["value"])

    def key(self, name: str) -> None:
        """Press a key, as a keyboard does."""
        value = KEYS.get(name, name)
        pressed = [{"type": kind, "value": value} for kind in ("keyDown", "keyUp")]
        self.ask("input.performActions", context=self.page, actions=[{"type": "key", "id": "keys", "actions": pressed}])

    def press(self, selector: str) -> None:
        """Press what a selector finds, and wait for the page that comes."""
        old_text = self.run("document.querySelector('main').textContent")
        self.run(f"document.querySelector({selector!r}).click()")
        self.run(f"""new Promise((resolve) => {{
          const look = () => document.readyState === 'complete' && !document.body.hasAttribute('aria-busy')
            && document.querySelector('main').textContent !== {json.dumps(old_text)} ? resolve() : setTimeout(look, 20);
          look();
        }})""")


@contextmanager
def firefox(folder: Path, theme: str, language: str = "en") -> Iterator[Firefox]:
    """Run Debian's Firefox with a new profile in `folder`, in a theme, for a reader of a language."""
    program = shutil.which("firefox-esr")
    if program is None:
        pytest.skip("there is no Firefox here: apt-get install firefox-esr")
    preferences = {
        **QUIET, "intl.accept_languages": language, "layout.css.prefers-color-scheme.content-override": THEMES[theme],
    }  # fmt: skip
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in preferences.items())
    (folder / "user.js").write_text("\n".join(lines), encoding="utf-8")
    words = [program, "--headless", "--no-remote", "--profile", str(folder), "--remote-debugging-port", "0"]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            with connect(f"{_address(process.stderr)}/session", max_size=None, proxy=None) as socket:
                browser = Firefox(socket)
                browser.ask("session.new", capabilities={})
                browser.ask("session.subscribe", events=["log.entryAdded"])
                [first] = browser.ask("browsingContext.getTree")["contexts"]  # a window that never has the focus
                browser.page = browser.ask("browsingContext.create", type="window")["context"]
                browser.ask("browsingContext.close", context=first["context"])
                yield browser
        finally:
            process.terminate()
            process.communicate()


def _address(output: IO[str]) -> str:
    for line in output:
        if match := re.search(r"WebDriver BiDi listening on (ws://\S+)", line):
            return match[1]
    raise AssertionError("Firefox ended before it listened")
