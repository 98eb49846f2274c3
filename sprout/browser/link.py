"""A process's link to the broker: one request at a time, each with an answer.

In a Web Worker a request is a synchronous XMLHttpRequest, which the page's Service
Worker passes on. Elsewhere it is a plain HTTP request, so that tests can use real
processes. Both block, and neither polls.
"""

import itertools
import json
import os
import sys
import time
import urllib.request
from typing import Any

ADDRESS = "SPROUT_BROKER"  # environment: the URL to which requests are posted
PROCESS = "SPROUT_PROCESS"  # environment: this process's name, never used twice
LONGEST = 10.0  # seconds that a request may wait: browsers end a Service Worker's work
TRIES = 5


class Link:
    """Sends requests to the broker as one process.

    Arguments:
        address: the URL of the broker.
        process: the name of this process.
    """

    def __init__(self, address: str, process: str) -> None:
        self.address = address
        self.process = process
        self._numbers = itertools.count(1)

    def ask(self, operation: str, *arguments: Any) -> Any:
        """Carry out an operation of the broker and return its result.

        A request whose answer is lost is sent again; the server recognises it by its
        number. Raises ConnectionError if the broker does not answer.
        """
        request = [self.process, next(self._numbers), operation, arguments]
        text = json.dumps(request)
        for attempt in range(1, TRIES + 1):
            try:
                return json.loads(post(self.address, text))
            except ConnectionError:
                if attempt == TRIES:
                    raise
        raise AssertionError

    def sleep(self, seconds: float) -> None:
        """Wait, without using the processor as time.sleep() does in a Web Worker."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self.ask("sleep", min(left, LONGEST))


def connect() -> Link:
    """Return the link that the environment describes.

    Raises ConnectionError if it describes none.
    """
    global _link
    if _link is None:
        if ADDRESS not in os.environ or PROCESS not in os.environ:
            raise ConnectionError(
                f"{ADDRESS} and {PROCESS} must say where the broker is."
            )
        _link = Link(os.environ[ADDRESS], os.environ[PROCESS])
    return _link


_link: Link | None = None


def post(address: str, text: str) -> str:
    """Post a text and return the answer; raise ConnectionError if there is none."""
    return (in_page if sys.platform == "emscripten" else over_http)(address, text)


def in_page(address: str, text: str) -> str:
    """Post from a Web Worker."""
    # Here, because a reference to JavaScript cannot be part of a copied memory.
    from js import XMLHttpRequest  # type: ignore[import-not-found]

    request = XMLHttpRequest.new()
    request.open("POST", address, False)
    try:
        request.send(text)
    except Exception as error:  # JavaScript's NetworkError
        raise ConnectionError(str(error)) from None
    if request.status != 200:
        raise ConnectionError(f"The broker answers {request.status}.")
    return str(request.responseText)


def over_http(address: str, text: str) -> str:
    """Post from a process of the operating system."""
    request = urllib.request.Request(address, text.encode())  # noqa: S310
    no_proxy = urllib.request.ProxyHandler({})  # the broker is on this machine
    opener = urllib.request.build_opener(no_proxy)
    try:
        with opener.open(request) as answer:
            return str(answer.read().decode())
    except OSError as error:
        raise ConnectionError(f"The broker does not answer: {error}.") from error
