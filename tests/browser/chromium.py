"""A headless Chromium that tests talk to through a pipe (the DevTools protocol): no driver and no port is needed."""

import json
import os
import shutil
import subprocess
import time
from base64 import b64decode
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Self

_FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"),
    *("--no-first-run", "--disable-extensions", "--disable-background-networking", "--disable-component-update"),
    *("--remote-debugging-pipe", "--force-color-profile=srgb", "--force-prefers-reduced-motion"),
)
_LIMIT_S = 60.0


def chromium_path() -> str | None:
    """Return the browser of this machine; None where there is none."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class Chromium:
    """One browser process with one page; use it as a context."""

    def __init__(self) -> None:
        path = chromium_path()
        if path is None:
            raise FileNotFoundError("chromium")
        self.requested: list[str] = []
        self._profile = mkdtemp(prefix="chromium-")
        command_read, self._send_to = os.pipe()
        self._read_from, answer_write = os.pipe()
        descriptors = {3: command_read, 4: answer_write}

        # the browser reads commands from 3 and writes answers to 4; sh puts our pipes there, whatever their numbers
        redirections = " ".join(f"{target}{'<' if target == 3 else '>'}&{fd}" for target, fd in descriptors.items())
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", f'exec "$@" {redirections}', "sh", path, *_FLAGS, f"--user-data-dir={self._profile}"],
            pass_fds=list(descriptors.values()),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for fd in descriptors.values():
            os.close(fd)
        self._buffer = b""
        self._number = 0
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = ""
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime"):
            self._ask(f"{domain}.enable")
        self._ask("Page.setBypassCSP", enabled=True)  # a page's policy lets no script of ours run

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._send_to)
        os.close(self._read_from)
        shutil.rmtree(self._profile, ignore_errors=True)

    def open(self, url: str, *, width_px: int = 1280, height_px: int = 900) -> None:
        """Open a page in a window of a size and wait until it has loaded; a narrow one is a phone's."""
        self.resize(width_px, height_px)
        self.requested = []
        self._ask("Page.navigate", url="about:blank")
        self._ask("Page.navigate", url=url)
        self.wait_for("document.readyState === 'complete' && location.href !== 'about:blank'")

    def resize(self, width_px: int, height_px: int = 900) -> None:
        """Set the window's size."""
        self._ask(
            "Emulation.setDeviceMetricsOverride",
            width=width_px,
            height=height_px,
            deviceScaleFactor=1,
            mobile=width_px < 600,
        )

    def media(self, name: str = "", *, scheme: str = "light") -> None:
        """Show the page as on paper ("print") or on a screen (""), in a light or a dark scheme."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self._ask("Emulation.setEmulatedMedia", media=name, features=features)

    def run(self, script: str) -> Any:
        """Return what a JavaScript expression gives; a promise is waited for."""
        answer = self._ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise AssertionError(json.dumps(answer["exceptionDetails"])[:2000])
        return answer["result"].get("value")

    def wait_for(self, condition: str, *, limit_s: float = _LIMIT_S) -> None:
        """Wait until a JavaScript expression is true."""
        end = time.monotonic() + limit_s
        while not self.run(f"Boolean({condition})"):
            if time.monotonic() > end:
                raise TimeoutError(condition)
            time.sleep(0.05)

    def press(self, key: str) -> None:
        """Press and let go one key: "Tab", "Enter" or a letter."""
        code = {"Tab": 9, "Enter": 13, " ": 32}.get(key, ord(key[0]))
        text = {"Tab": "", "Enter": "\r"}.get(key, key)
        for kind in ("keyDown", "keyUp"):
            self._ask("Input.dispatchKeyEvent", type=kind, key=key, text=text, windowsVirtualKeyCode=code)

    def picture(self, path: Path) -> Path:
        """Write the whole page as a PNG."""
        answer = self._ask("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        path.write_bytes(b64decode(answer["data"]))
        return path

    def pdf(self, path: Path) -> Path:
        """Print the page on paper of the size that it asks for."""
        answer = self._ask("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
        path.write_bytes(b64decode(answer["data"]))
        return path

    def _ask(self, method: str, **params: object) -> dict[str, Any]:
        self._number += 1
        message: dict[str, object] = {"id": self._number, "method": method, "params": params}
        if getattr(self, "_session", ""):
            message["sessionId"] = self._session
        os.write(self._send_to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("method") == "Network.requestWillBeSent":
                self.requested.append(answer["params"]["request"]["url"])
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return dict(answer["result"])

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            part = os.read(self._read_from, 1 << 20)
            if not part:
                raise RuntimeError("Chromium ended")
            self._buffer += part
        line, _, self._buffer = self._buffer.partition(b"\0")
        return dict(json.loads(line))
