"""A static host for the built site, with gzip and Cache-Control as on GitHub Pages.

>>> with serve(Path("site")) as host:
...     open(host.address)
"""

import functools
import gzip
import http.server
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

COMPRESSED = {".mjs", ".js", ".css", ".html", ".svg", ".wasm", ".json"}
CHUNK = 65536  # bytes per write
REPORT = "/report?"  # A page sends its report to this path. See Host.


class Host:
    """The files, the bandwidth limit and the counters of a static host.

    Arguments:
        folder: the built site.
        bits: the limit for all responses together, in bits per second, or None for no
            limit.
        script: JavaScript to add to every page. Its requests to /report are stored in
            `reports`.
    """

    def __init__(self, folder: Path, bits: float | None, script: str) -> None:
        self.folder = folder
        self.bits = bits
        self.script = script
        self.sent = 0  # bytes sent, excluding headers
        self.reports: list[str] = []
        self.address = ""
        self._line = threading.Lock()

    def send(self, size: int) -> None:
        """Count bytes, and wait for the duration of their transfer."""
        with self._line:
            self.sent += size
            if self.bits:
                time.sleep(size * 8 / self.bits)


@functools.cache
def compressed(content: bytes) -> bytes:
    """Return the content, compressed with gzip."""
    return gzip.compress(content, 6)


def handler(host: Host) -> type[http.server.SimpleHTTPRequestHandler]:
    """Return a handler class for the requests to a host."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith(REPORT):
                host.reports.append(unquote(self.path.removeprefix(REPORT)))
                self.send_response(204)
                self.end_headers()
                return
            path = Path(self.translate_path(self.path))
            path = path / "index.html" if path.is_dir() else path
            if not path.is_file():
                self.send_error(404)
                return
            content = path.read_bytes()
            if path.suffix == ".html" and host.script:
                content += f'<script type="module">{host.script}</script>'.encode()
            self.send_response(200)
            if path.suffix in COMPRESSED:
                content = compressed(content)
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Type", self.guess_type(path))
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "max-age=600")
            self.end_headers()
            for begin in range(0, len(content), CHUNK):
                chunk = content[begin : begin + CHUNK]
                host.send(len(chunk))
                self.wfile.write(chunk)

        def log_message(self, *_: object) -> None:
            pass

    Handler.extensions_map = {
        **Handler.extensions_map,
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }
    return functools.partial(Handler, directory=host.folder)  # type: ignore[return-value]


@contextmanager
def serve(folder: Path, bits: float | None = None, script: str = "") -> Iterator[Host]:
    """Serve a folder on a free port of 127.0.0.1 during a `with` block."""
    host = Host(folder, bits, script)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler(host))
    host.address = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
