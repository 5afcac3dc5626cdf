"""A page in headless Chromium, over its DevTools protocol."""

import json
import subprocess
import time
from itertools import count
from pathlib import Path

from websocket import create_connection

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


class Page:
    """A page; `requests` holds every address it asked for, `errors` all that its console said."""

    def __init__(self, binary: str, profile: Path):
        self.process = subprocess.Popen(
            [
                *(binary, *FLAGS, "--remote-debugging-port=0", "--remote-allow-origins=*"),
                *(f"--user-data-dir={profile}", "about:blank"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        port, path = _wait_for(profile / "DevToolsActivePort").split()
        self.socket = create_connection(f"ws://127.0.0.1:{port}{path}", timeout=60)
        self.numbers, self.session = count(1), None
        self.requests, self.errors = [], []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self.session = attached["sessionId"]
        for domain in ["Page", "Network", "Runtime", "Log"]:
            self.call(f"{domain}.enable")

    def close(self) -> None:
        self.socket.close()
        self.process.terminate()
        self.process.wait(timeout=20)

    def call(self, method: str, **params) -> dict:
        """Ask the browser for something and wait for its answer."""
        number = next(self.numbers)
        session = {"sessionId": self.session} if self.session else {}
        self.socket.send(json.dumps({"id": number, "method": method, "params": params, **session}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("id") == number:
                assert "error" not in message, message["error"]
                return message["result"]
            self._note(message)

    def open(self, file: Path, width: int = 1300, height: int = 900) -> None:
        """Load a file with the network off, and give its scripts time to draw."""
        self.requests.clear()
        self.errors.clear()
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        self.call("Page.navigate", url=file.resolve().as_uri())
        self.wait_until("document.readyState == 'complete'")

    def run(self, expression: str):
        """The value of an expression; a promise is waited for."""
        answer = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait_until(self, expression: str, seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while not self.run(f"Boolean({expression})"):
            assert time.monotonic() < end, f"not within {seconds} s: {expression}"
            time.sleep(0.05)

    def mouse(self, kind: str, x: float, y: float, **params) -> None:
        """kind: mouseMoved, mousePressed or mouseReleased, at a place in pixels."""
        button = {"button": "left", "clickCount": 1} if kind != "mouseMoved" else {}
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **button, **params)

    def leaving(self) -> list[str]:
        """The requests that would have left the machine."""
        inside = ("file:", "data:", "blob:", "about:")
        return [address for address in self.requests if not address.startswith(inside)]

    def _note(self, message: dict) -> None:
        method, metadata = message.get("method"), message.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(metadata["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.errors.append(metadata["exceptionDetails"]["exception"]["description"])
        elif method == "Log.entryAdded" and metadata["entry"]["level"] == "error":
            self.errors.append(metadata["entry"]["text"])
        elif method == "Runtime.consoleAPICalled" and metadata["type"] in ("error", "assert"):
            self.errors.append(str([argument.get("value") for argument in metadata["args"]]))


def _wait_for(file: Path, seconds: float = 60) -> str:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if file.is_file() and "\n" in (text := file.read_text()):
            return text
        time.sleep(0.05)
    raise TimeoutError(f"Chromium wrote no {file.name}")
