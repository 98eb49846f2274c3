"""The link from a process to the broker. The link sends one request at a time.

In a Web Worker, a request is a synchronous XMLHttpRequest, which the page's Service
Worker forwards. In tests with real processes, a request is plain HTTP. Requests block,
and the link never polls.
"""

import itertools
import json
import os
import sys
import time
import urllib.request
from typing import Any

ADDRESS = "SPROUT_BROKER"  # environment variable: the URL for requests
PROCESS = "SPROUT_PROCESS"  # environment variable: the unique name of this process
LONGEST = 10.0  # longest request in seconds: browsers stop longer Service Worker calls
TRIES = 5


class Link:
    """A client that sends the requests of one process to the broker.

    Arguments:
        address: the URL of the broker.
        process: the name of this process.
    """

    def __init__(self, address: str, process: str) -> None:
        self.address = address
        self.process = process
        self._numbers = itertools.count(1)

    def ask(self, operation: str, *arguments: Any) -> Any:
        """Execute an operation of the broker and return the result.

        If the response is lost, repeats the request with the same number, so that the
        server recognises it. Raises ConnectionError after TRIES attempts without a
        response.
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
        """Sleep without using the processor, unlike time.sleep() in a Web Worker."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self.ask("sleep", min(left, LONGEST))


def connect() -> Link:
    """Return the link of this process, configured by environment variables.

    Raises ConnectionError if ADDRESS or PROCESS is not set.
    """
    global _link
    if _link is None:
        if ADDRESS not in os.environ or PROCESS not in os.environ:
            raise ConnectionError(
                f"Set {ADDRESS} to the broker's URL and {PROCESS} to a unique name."
            )
        _link = Link(os.environ[ADDRESS], os.environ[PROCESS])
    return _link


_link: Link | None = None


def post(address: str, text: str) -> str:
    """Post text and return the response. Raise ConnectionError if the request fails."""
    return (in_page if sys.platform == "emscripten" else over_http)(address, text)


def in_page(address: str, text: str) -> str:
    """Post from a Web Worker."""
    # Import here, because a memory snapshot cannot contain references to JavaScript.
    from js import XMLHttpRequest  # type: ignore[import-not-found]

    request = XMLHttpRequest.new()
    request.open("POST", address, False)
    try:
        request.send(text)
    except Exception as error:  # JavaScript's NetworkError
        raise ConnectionError(str(error)) from None
    if request.status != 200:
        raise ConnectionError(f"The broker responded with status {request.status}.")
    return str(request.responseText)


def over_http(address: str, text: str) -> str:
    """Post from an operating-system process."""
    request = urllib.request.Request(address, text.encode())  # noqa: S310
    no_proxy = urllib.request.ProxyHandler({})  # the broker is on this machine
    opener = urllib.request.build_opener(no_proxy)
    try:
        with opener.open(request) as answer:
            return str(answer.read().decode())
    except OSError as error:
        raise ConnectionError(f"The broker does not answer: {error}.") from error
