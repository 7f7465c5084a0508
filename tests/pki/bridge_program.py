"""The stand-in for a vendor's program, running beside a test."""

import asyncio
import threading
from concurrent.futures import Future
from typing import Any

from bench.bridge.server import Bridge


class Program:
    """The stand-in in a thread of its own, so that the test can change it while pages talk."""

    def __init__(self, bridge: Bridge, port: int = 0) -> None:
        self.bridge = bridge
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()
        self.port: int = self.run(bridge.start(port))

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def run(self, work: Any) -> Any:
        waiting: Future[Any] = asyncio.run_coroutine_threadsafe(work, self.loop)
        return waiting.result(10)

    def changed(self) -> None:
        self.loop.call_soon_threadsafe(self.bridge.changed)

    def close(self) -> None:
        self.run(self.bridge.stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()
