"""HTTP requests to this machine without a proxy.

`urllib.request.urlopen` uses the proxy in `http_proxy` even for 127.0.0.1, unless
`no_proxy` contains that address.
"""

from http.client import HTTPResponse
from typing import cast
from urllib.request import ProxyHandler, Request, build_opener

_opener = build_opener(ProxyHandler({}))


def urlopen(
    address: str | Request, data: bytes | None = None, timeout: float = 30.0
) -> HTTPResponse:
    """Return the response to a request. `timeout` is in seconds.

    Raises HTTPError for an error status, and URLError if no server answers.
    """
    return cast(HTTPResponse, _opener.open(address, data, timeout))
