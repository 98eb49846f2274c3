"""HTTP requests to this machine. They never go through a proxy.

`urllib.request.urlopen` uses the proxy of `http_proxy` even for 127.0.0.1, unless
`no_proxy` names that address.
"""

from http.client import HTTPResponse
from typing import cast
from urllib.request import ProxyHandler, Request, build_opener

_opener = build_opener(ProxyHandler({}))


def urlopen(
    address: str | Request, data: bytes | None = None, timeout: float = 30.0
) -> HTTPResponse:
    """Return the answer to a request; `timeout` is in seconds.

    Raises HTTPError if the status is an error, URLError if nothing answers.
    """
    return cast(HTTPResponse, _opener.open(address, data, timeout))
