"""The load during a fault: runs, users and jobs."""

import http.cookiejar
import itertools
import json
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from sprout.loopback import urlopen

PATIENCE = 30  # the timeout of a client in seconds
RUNS = [
    {
        "testcase": "ESG-TC01",
        "job_data": {"div": [4, 2], "mul": [3], "add": [6], "sub": [2]},
    },
    {"testcase": "ESG-TC02", "job_data": {"div": [4, 2], "mul": [3]}},
    {"testcase": "ESG-TC03", "job_data": {"add": [4, 2], "sub": [3]}},
]


@dataclass(frozen=True)
class Asked:
    """A request and its response. Code 0 means that no response arrived."""

    kind: str
    id: str  # the id of the run or the batch, or the name of the job
    code: int
    seconds: float
    at: datetime
    count: int = 0  # number of users in a batch


class Client:
    """A client of the API, and a browser that sends forms."""

    def __init__(self, site: str) -> None:
        self.site = site
        cookies = http.cookiejar.CookieJar()
        self.cookies = cookies
        self.browser = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(cookies),
        )

    def call(self, path: str, data: object = None, **headers: str) -> tuple[int, dict]:
        """Send a request, with `data` as JSON if given. Return the status and body."""
        body = None if data is None else json.dumps(data).encode()
        headers = {"Content-Type": "application/json", **headers}
        request = urllib.request.Request(self.site + path, body, headers)
        try:
            with urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                body = error.read()
                is_json = "json" in error.headers.get("Content-Type", "")
                return error.code, json.loads(body) if is_json else {}

    def run(self, data: dict | None = None, key: str = "") -> Asked:
        """Start a run. Return the request with its response."""
        at, begin = datetime.now(UTC), time.monotonic()
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        try:
            code, body = self.call("/api/runs/", data or RUNS[1], **headers)
        except (OSError, ValueError):
            code, body = 0, {}
        return Asked("run", body.get("id", ""), code, time.monotonic() - begin, at)

    def form(self, kind: str, path: str, **fields: str) -> Asked:
        """Send a form as a browser does. Return the request with its response."""
        at, begin = datetime.now(UTC), time.monotonic()
        place = ""
        try:
            with self.browser.open(self.site + path, timeout=PATIENCE):
                token = next(c.value for c in self.cookies if c.name == "csrftoken")
            data = {"csrfmiddlewaretoken": token or "", **fields}
            body = urllib.parse.urlencode(data).encode()
            with self.browser.open(self.site + path, body, PATIENCE) as answer:
                code, place = answer.status, answer.url
        except urllib.error.HTTPError as error:
            code = error.code
        except (OSError, StopIteration):
            code = 0
        batch = urllib.parse.parse_qs(urllib.parse.urlsplit(place).query).get("batch")
        return Asked(
            kind,
            batch[0] if batch else fields.get("name", ""),
            code,
            time.monotonic() - begin,
            at,
            int(fields.get("count", 0)),
        )


class Load:
    """A steady load during a `with` block: `rate` requests per second.

    Every fifth request is alternately a batch of 50 users and a job. All other requests
    start runs. `asked` lists the requests with their responses, and is complete after
    the block.
    """

    def __init__(self, client: Client, rate: float) -> None:
        self.client = client
        self.rate = rate
        self.asked: list[Asked] = []
        self._stop = threading.Event()
        self._threads = ThreadPoolExecutor(16)
        self._stream = threading.Thread(target=self._ask)

    def _ask(self) -> None:
        requests = self._requests()
        while not self._stop.wait(1 / self.rate):
            self._threads.submit(next(requests))

    def _requests(self) -> Iterator:
        client = self.client
        for number in itertools.count():
            if number % 10 == 4:
                new = {"kind": "users", "path": "/people/new/", "count": "50"}
                yield lambda new=new: self.asked.append(client.form(**new))
            elif number % 10 == 9:
                job = {"kind": "job", "path": "/jobs/", "key": "quick.job"}
                name = f"job {uuid.uuid4()}"  # unique, because all faults share a log
                yield lambda job=job, name=name: self.asked.append(
                    client.form(**job, name=name)
                )
            else:
                data = RUNS[number % len(RUNS)]
                yield lambda data=data: self.asked.append(client.run(data))

    def wait_for_a_run(self, since: datetime, seconds: float = 20.0) -> None:
        """Wait up to `seconds` until a run requested after `since` is accepted."""
        deadline = time.monotonic() + seconds
        while not any(
            one.kind == "run" and one.code == 202 and one.at > since
            for one in list(self.asked)
        ):
            if time.monotonic() > deadline:
                return  # The figures will show that no run was accepted.
            time.sleep(0.05)

    def __enter__(self) -> Self:
        self._stream.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._stream.join()
        self._threads.shutdown()
