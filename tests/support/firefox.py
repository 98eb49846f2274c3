"""Firefox over WebDriver BiDi: https://w3c.github.io/webdriver-bidi/.

Playwright drives only its own build of Firefox. This module controls the
system's Firefox with the few commands that the tests use.
"""

import contextlib
import itertools
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websocket import create_connection

from tools.waiting import until

QUIET = {  # settings that prevent Firefox's own network requests
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "datareporting.healthreport.uploadEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "http://127.0.0.1:9/",
    "toolkit.telemetry.enabled": False,
}


class Firefox:
    """A window of a running Firefox."""

    def __init__(self, port: int) -> None:
        self._socket = create_connection(
            f"ws://127.0.0.1:{port}/session", timeout=300, suppress_origin=True
        )
        self._numbers = itertools.count(1)
        self.errors: list[str] = []
        self.command("session.new", capabilities={})
        self.command("session.subscribe", events=["log.entryAdded"])
        tree = self.command("browsingContext.getTree")
        self._context = tree["contexts"][0]["context"]

    def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Run a command and return its result. Collect the errors of the console."""
        number = next(self._numbers)
        request = {"id": number, "method": method, "params": parameters}
        self._socket.send(json.dumps(request))
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get("method") == "log.entryAdded":
                entry = answer["params"]
                if entry["level"] == "error":
                    self.errors.append(entry["text"])
            if answer.get("id") == number:
                assert answer["type"] == "success", answer
                return answer["result"]

    def close(self) -> None:
        """Close the connection to the browser."""
        self._socket.close()

    def go(self, url: str) -> None:
        """Load a page, and wait until it is complete."""
        self.command(
            "browsingContext.navigate", context=self._context, url=url, wait="complete"
        )

    def run(self, expression: str) -> Any:
        """Return the value of a JavaScript expression: a string, number or boolean."""
        found = self.command(
            "script.evaluate",
            expression=expression,
            target={"context": self._context},
            awaitPromise=True,
        )
        assert found["type"] == "success", found
        return found["result"].get("value")

    def wait(self, expression: str, seconds: float = 240) -> None:
        """Wait until an expression is true."""
        until(lambda: self.run(f"Boolean({expression})"), seconds, expression)

    def press(self, name: str) -> None:
        """Press the first button with this text, once it is enabled."""
        button = (
            "[...document.querySelectorAll('button')]"
            f".find(b => b.textContent === {json.dumps(name)} "
            "&& !b.matches(':disabled, [aria-disabled=true]'))"
        )
        self.wait(button)
        self.run(f"{button}.click()")

    def text(self, selector: str) -> str:
        """Return the text of an element, or "" if the element is missing."""
        return str(
            self.run(
                f"document.querySelector({json.dumps(selector)})?.textContent ?? ''"
            )
        )


@contextmanager
def firefox() -> Iterator[Firefox]:
    """Start the system's Firefox with a new profile.

    Skips the test if Firefox is not installed.
    """
    path = shutil.which("firefox-esr") or shutil.which("firefox")
    if path is None:
        pytest.skip("Firefox is missing. Run `apt-get install firefox-esr`.")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        lines = [
            f"user_pref({json.dumps(name)}, {json.dumps(value)});"
            for name, value in QUIET.items()
        ]
        Path(profile, "user.js").write_text("\n".join(lines), encoding="utf-8")
        log = Path(profile, "log")
        with (
            log.open("w", encoding="utf-8") as output,
            subprocess.Popen(
                [path, "--headless", "--no-remote", "--profile", profile,
                 "--remote-debugging-port", "0"],
                stdout=output, stderr=subprocess.STDOUT,
                env={**os.environ, "HOME": profile},
            ) as process,
        ):  # fmt: skip
            try:
                listening = until(
                    lambda: re.search(r"BiDi listening on \S+:(\d+)", log.read_text()),
                    120,
                    "Firefox listens",
                )
                with contextlib.closing(Firefox(int(listening[1]))) as window:
                    yield window
            finally:
                process.terminate()
                process.wait(60)
