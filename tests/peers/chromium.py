"""Headless Chromium by its DevTools protocol over a pipe: load a page, evaluate expressions in it.

Messages are JSON, each ended by NUL; the browser reads them from its descriptor 3 and writes to 4.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any

_TIMEOUT = 60.0


class Chromium:
    """One browser with one tab. `errors` collects what the pages complained about."""

    def __init__(self, program: str, profile: Path) -> None:
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        self._process = subprocess.Popen(
            _command(program, profile, theirs_in, theirs_out),
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._pending = b""
        self._count = 0
        self._session: str | None = None
        self.errors: list[str] = []
        self.requests: list[str] = []

    def __enter__(self) -> Chromium:
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._out)
        self._process.kill()
        self._process.wait(timeout=_TIMEOUT)
        os.close(self._in)

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """A command, and its result. Raises RuntimeError with the browser's own words."""
        self._count += 1
        message: dict[str, Any] = {"id": self._count, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._count:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                result: dict[str, Any] = answer["result"]
                return result

    def load(self, url: str) -> None:
        """Show a page, and wait until it has been loaded."""
        self.call("Page.navigate", url=url)
        while self.value("document.readyState") != "complete" or self.value("location.href") != url:
            pass

    def value(self, expression: str) -> Any:
        """What a JavaScript expression is in the page."""
        done = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in done:
            raise RuntimeError(f"{expression}: {done['exceptionDetails']}")
        return done["result"].get("value")

    def scripts(self, *, on: bool) -> None:
        """Whether pages loaded from now on may run scripts of their own."""
        self.call("Emulation.setScriptExecutionDisabled", value=not on)

    def _receive(self) -> dict[str, Any]:
        deadline = time.monotonic() + _TIMEOUT
        with selectors.DefaultSelector() as selector:
            selector.register(self._in, selectors.EVENT_READ)
            while b"\0" not in self._pending:
                if not selector.select(deadline - time.monotonic()):
                    raise TimeoutError("the browser does not answer")
                octets = os.read(self._in, 1 << 16)
                if not octets:
                    raise RuntimeError("the browser has gone")
                self._pending += octets
        line, _, self._pending = self._pending.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        match message.get("method"):
            case "Runtime.exceptionThrown":
                self.errors.append(str(message["params"]))
            case "Log.entryAdded" if message["params"]["entry"]["level"] == "error":
                self.errors.append(message["params"]["entry"]["text"])
            case "Network.requestWillBeSent":
                self.requests.append(message["params"]["request"]["url"])
        return message


def _command(program: str, profile: Path, theirs_in: int, theirs_out: int) -> list[str]:
    """The browser takes descriptors 3 and 4: a shell puts ours there, for whichever numbers they have."""
    flags = (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--remote-debugging-pipe",
        f"--user-data-dir={profile}",
    )
    shell = f'exec "$0" "$@" 3<&{theirs_in} 4>&{theirs_out}'
    return ["bash", "-c", shell, program, *flags]
