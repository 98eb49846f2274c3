"""Requests to this machine never use a proxy set in the environment."""

import importlib
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.error import HTTPError
from urllib.request import urlopen as standard  # noqa: TID251

import pytest

from sprout import loopback
from sprout.days import ROOT
from sprout.process import environment
from tests.support.days import copy_day
from tests.support.proxy import proxy

pytestmark = pytest.mark.stack


class Answers(BaseHTTPRequestHandler):
    """A handler that responds like Flower's API for a task."""

    def do_GET(self):
        """Respond to every path with the same state."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"state": "SUCCESS"}')

    def log_message(self, *_):
        """Print nothing."""


@pytest.fixture
def address():
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_companion_uses_no_proxy(address, monkeypatch):
    with proxy() as found:
        for name, value in found.variables.items():
            monkeypatch.setenv(name, value)
        importlib.reload(loopback)  # reads the variables, as at the start of a program
        with loopback.urlopen(address, timeout=5) as answer:
            assert answer.read() == b'{"state": "SUCCESS"}'


def test_the_test_proxy_receives_proxied_requests(address, monkeypatch):
    with pytest.raises(AssertionError, match="GET http://127"), proxy() as found:
        for name, value in found.variables.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(HTTPError, match="Unexpected request"):
            standard(address, timeout=5)


@pytest.mark.parametrize("day", ["day6", "day7"])
def test_a_day_queries_flower_without_a_proxy(day, address, tmp_path):
    folder = copy_day(day, tmp_path)
    with proxy() as found:
        done = subprocess.run(
            ["python", ROOT / "tests" / "support" / "ask_flower.py", address],
            cwd=folder,
            env=environment(found.variables),
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip() == "SUCCESS"
