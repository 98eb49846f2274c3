"""Slow clients, oversized bodies and malformed requests on real sockets.

The server has as many processes and threads as in supervisord.conf. The tests run with
and without nginx.
"""

import contextlib
import http.client
import json
import re
import socket
import sys

import psutil
import pytest

from tests.support.application import PROJECT, site
from tools.load.slow_clients import (
    BEGINNINGS,
    NAME,
    SLOW_ADDRESS,
    request_repeatedly,
    slow_clients,
)
from tools.servers.nginx import Nginx, find_nginx
from tools.waiting import until

pytestmark = [
    pytest.mark.stack,
    pytest.mark.skipif(
        find_nginx() is None, reason="nginx is missing. Run `apt-get install nginx`."
    ),
    pytest.mark.skipif(
        sys.platform != "linux", reason="The address 127.0.0.2 requires Linux."
    ),
]
MANY = 200


@pytest.fixture(scope="module")
def served(redis, tmp_path_factory):
    """Serve the application with production's processes and threads."""
    conf = (PROJECT / "deploy" / "supervisord.conf").read_text()
    (options,) = re.findall(r"gunicorn .*(--workers \d+ --threads \d+)", conf)
    env = {
        "ALLOWED_HOSTS": f"127.0.0.1,{NAME}",
        "BEHIND_PROXY": "1",
        "GUNICORN_CMD_ARGS": options,
    }
    folder = tmp_path_factory.mktemp("slow")
    with site(redis.url(14), folder, **env) as served:
        yield served


@pytest.fixture(scope="module")
def nginx(served):
    with Nginx(int(served.address.rpartition(":")[2])) as nginx:
        yield nginx


def through(nginx, method, path, body=None, address="127.0.0.1", **headers):
    """Send a request through nginx. Return the status and the body."""
    sock = socket.create_connection(("127.0.0.1", nginx.port), 5, (address, 0))
    connection = http.client.HTTPConnection(NAME)
    with nginx.tls.wrap_socket(sock, server_hostname=NAME) as connection.sock:
        connection.request(method, path, body, headers)
        with connection.getresponse() as answer:
            return answer.status, answer.read()


@pytest.mark.parametrize("kind", BEGINNINGS)
def test_slow_clients_block_gunicorn_without_nginx(served, kind):
    # Because of such clients, production needs nginx.
    address = served.address.removeprefix("http://")

    def answered(count):
        def request():
            ask(address, "GET", "/healthz", timeout=2)

        return request_repeatedly(request, count)["answered"]

    def blocked(slow):
        """Add slow clients. Return whether three successive requests time out.

        On a busy machine, one process can accept all of these clients while the other
        process sleeps, so the test may call this function several times.
        """
        port = int(address.partition(":")[2])
        slow.enter_context(slow_clients(port, BEGINNINGS[kind], MANY // 4))
        return answered(3) == 0

    with contextlib.ExitStack() as slow:
        until(lambda: blocked(slow), seconds=60)
    # All slow clients have disconnected, and gunicorn responds again.
    assert ask(address, "GET", "/healthz", timeout=30) == 200


def ask(address, method, path, body=None, timeout=20):
    """Send a request directly to gunicorn. Return the status."""
    connection = http.client.HTTPConnection(address, timeout=timeout)
    with contextlib.closing(connection):
        kind = {"Content-Type": "application/json"}
        connection.request(method, path, body, kind)
        with connection.getresponse() as answer:
            answer.read()
            return answer.status


def test_nginx_protects_gunicorn_from_slow_headers(nginx):
    with slow_clients(nginx.port, BEGINNINGS["headers"], MANY, nginx.tls) as slow:
        found = request_repeatedly(lambda: through(nginx, "GET", "/api/runs/"), 50)
        assert found["answered"] == 50  # within the five seconds of through()
        slow.wait_until_ended(MANY, 60)  # nginx's client_header_timeout is 10 s
    assert min(slow.ended) > 8


def test_nginx_limits_an_address_to_fifty_slow_bodies(nginx):
    with slow_clients(nginx.port, BEGINNINGS["bodies"], MANY, nginx.tls) as slow:
        found = request_repeatedly(lambda: through(nginx, "GET", "/api/runs/"), 50)
        assert found["answered"] == 50
        slow.wait_until_ended(MANY - 50, 60)
        assert through(nginx, "GET", "/healthz", address=SLOW_ADDRESS)[0] == 429


def test_nginx_enforces_its_limits(nginx):
    body = json.dumps({"testcase": "ESG-TC02", "job_data": {"div": [4, 2], "mul": [3]}})
    json_type = {"Content-Type": "application/json"}

    def post(body):
        return through(nginx, "POST", "/api/runs/", body, **json_type)[0]

    assert post(body) == 202
    assert post(body + " " * (65536 - len(body))) == 202
    assert post(body + " " * (65537 - len(body))) == 413
    assert post(iter([b"x" * 65536] * 2)) == 413  # chunked, without a Content-Length
    assert through(nginx, "GET", "/healthz", **{"X-Long": "x" * 8000})[0] == 200
    assert through(nginx, "GET", "/healthz", **{"X-Long": "x" * 8200})[0] == 400
    assert through(nginx, "GET", "/" + "x" * 8200)[0] == 414
    # External clients must not learn the state of the broker.
    assert through(nginx, "GET", "/readyz", address=SLOW_ADDRESS)[0] == 403


def test_http_redirects_to_https(nginx):
    connection = http.client.HTTPConnection("127.0.0.1", nginx.http)
    with contextlib.closing(connection):
        # The redirect contains the site's name, not the name in the request.
        connection.request("GET", "/jobs/", headers={"Host": "elsewhere.example"})
        with connection.getresponse() as answer:
            where = (answer.status, answer.headers["Location"])
    assert where == (301, f"https://{NAME}/jobs/")


@pytest.mark.parametrize("path", ["/login/", "/admin/login/"])
def test_nginx_limits_login_attempts(nginx, path):
    own = f"127.0.0.{len(path)}"  # other tests do not use this address
    codes = [through(nginx, "GET", path, address=own)[0] for _ in range(40)]
    assert codes[:20] == 20 * [200]
    assert set(codes) == {200, 429}
    assert codes.count(429) >= 10  # on a slow machine, nginx permits a few more
    assert through(nginx, "GET", path)[0] == 200  # from another address


# Requests that no client library would send, with the statuses of the responses.
TRICKS = [
    # No Host header
    (b"GET /healthz HTTP/1.1\r\n\r\n", {200}),
    (b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", {400}),
    (b"GET /healthz HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n", {400}),
    (b"GET http://elsewhere.example/admin/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", {302}),
    (
        b"GET /static/../taskrunner/settings.py HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        {404},
    ),
    (b"GET /static/%2e%2e/db.sqlite3 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", {404}),
    (b"GET /static//etc/passwd HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", {404}),
    (b"GET /%00%ff%0d%0aX:y HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", {400}),
    (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\x00b\r\n\r\n", {400}),
    (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX : a\r\n\r\n", {400}),
    (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"X: y\r\n" * 200 + b"\r\n", {431}),
    (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX_Forwarded_Proto: https\r\n\r\n", {400}),
    (b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n", {400}),
    (b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1, 2\r\n\r\nab", {400}),
    (
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: "
        + b"9" * 40
        + b"\r\n\r\n",
        {413},
    ),
    (
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n",
        {501},
    ),
    (
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"zz\r\n",
        {400, 411},
    ),
    # a TLS handshake on a port without TLS
    (b"\x16\x03\x01\x02\x00\x01", set()),
    (b"\r\n" * 1000, {400}),
    (b"x" * 8192, {414}),
]


def send(served, request):
    """Send raw bytes, and return the raw response."""
    port = int(served.address.rpartition(":")[2])
    answer = b""
    with socket.create_connection(("127.0.0.1", port), 5) as raw:
        try:
            raw.sendall(request)
            raw.shutdown(socket.SHUT_WR)
            while part := raw.recv(65536):
                answer += part
        except TimeoutError:  # a subclass of OSError
            raise
        except OSError:  # the server closed the connection early
            pass
    return answer


@pytest.mark.parametrize(("trick", "statuses"), TRICKS, ids=range(len(TRICKS)))
def test_malformed_requests(served, trick, statuses):
    answer = send(served, trick)
    # Check the statuses first, because an empty response would pass the checks below.
    assert {int(code) for code in re.findall(rb"HTTP/1\.1 (\d+)", answer)} == statuses
    for word in (b"Traceback", b"root:", b"SQLite format", b"INSTALLED_APPS"):
        assert word not in answer
    assert served.call("/api/workflows/")[0] == 200


def test_an_oversized_request_line(served):
    # The server closes the connection with unread bytes, so the TCP reset may arrive
    # before the 414 response.
    answer = send(served, b"x" * 100_000)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 414 ")
    assert served.call("/api/workflows/")[0] == 200


def test_a_request_with_two_lengths_is_one_request(served):
    # Request smuggling: two servers may disagree about the end of the body.
    answer = send(
        served,
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    )
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1


def test_memory_is_bounded(served):
    address = served.address.removeprefix("http://")
    servers = [
        process
        for process in psutil.Process().children(recursive=True)
        if "gunicorn" in " ".join(process.cmdline())
    ]
    assert len(servers) >= 3

    def flood():
        for body in (b"[" * 65000, b"1" * 65000, b'{"a":' * 13000, b"x" * 65537):
            for path in ("/", "/api/runs/"):
                status = post(address, path, body)
                assert status in (400, 413, 415)
        # 20 MB without a Content-Length.
        assert post(address, "/api/runs/", iter([b"x" * 2**20] * 20)) in (0, 400, 413)

    for _ in range(3):  # the first requests load modules that stay in memory
        flood()
    before = sum(server.memory_full_info().uss for server in servers)
    for _ in range(10):
        flood()
    after = sum(server.memory_full_info().uss for server in servers)
    assert after - before < 20 * 2**20


def post(address, path, body):
    """POST a body with ask(). Returns 0 if the server closed the connection early."""
    try:
        return ask(address, "POST", path, body)
    except (BrokenPipeError, ConnectionResetError):
        return 0
