"""Serve the broker of the browser page over HTTP, for real processes."""

import asyncio
import http.server
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sprout.browser.broker import Broker
from sprout.browser.link import ADDRESS, PROCESS
from sprout.browser.server import Server
from sprout.process import environment


class Page:
    """A page's broker and its address. `process()` starts a process of the page."""

    def __init__(self, server: Server, loop: asyncio.AbstractEventLoop) -> None:
        self.server = server
        self.loop = loop
        self.address = ""
        self.started = 0

    @property
    def broker(self) -> Broker:
        """The broker's state."""
        return self.server.broker

    def answer(self, request: str) -> str:
        """Return the server's answer to a request. Any thread can call this method."""
        work = self.server.answer(request)
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    def release(self, process: str) -> int:
        """Report the end of a process. Return the number of its requeued messages."""

        async def release() -> int:
            return self.server.release(process)

        return asyncio.run_coroutine_threadsafe(release(), self.loop).result()

    def environment(self, process: str) -> dict[str, str]:
        """Return the variables that connect a process to this broker."""
        return {ADDRESS: self.address, PROCESS: process}

    @contextmanager
    def process(
        self, folder: Path, *command: str, name: str = ""
    ) -> Iterator[subprocess.Popen]:
        """Run a process of the page in a folder, with its output in NAME.log."""
        self.started += 1
        name = name or f"process{self.started}"
        log = folder / f"{name}.log"
        with (
            log.open("w", encoding="utf-8") as output,
            subprocess.Popen(
                [sys.executable, "-m", "sprout.browser.process", *command],
                cwd=folder,
                env=environment(self.environment(name)),
                stdout=output,
                stderr=subprocess.STDOUT,
            ) as process,
        ):
            try:
                yield process
            finally:
                process.kill()
                process.wait()
                self.release(name)


@contextmanager
def page() -> Iterator[Page]:
    """Serve a broker on a free port, in a thread, during the block."""
    loop = asyncio.new_event_loop()
    running = threading.Thread(target=loop.run_forever)
    running.start()
    served = Page(Server(Broker()), loop)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            answer = served.answer(text).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            try:
                self.wfile.write(answer)
            except OSError:
                return  # The waiting process was killed.

        def log_message(self, *_: object) -> None:
            pass

    http_server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http_server.daemon_threads = True
    listening = threading.Thread(target=http_server.serve_forever)
    listening.start()
    served.address = f"http://127.0.0.1:{http_server.server_port}/"
    try:
        yield served
    finally:
        http_server.shutdown()
        http_server.server_close()
        listening.join()
        loop.call_soon_threadsafe(loop.stop)
        running.join()
        loop.close()
