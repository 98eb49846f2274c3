"""`make load`: put the application under load, and compare settings.

python -m tools.load [--seconds 600] [--burst 1000] [--only PART] [--write]

- application: a burst of runs, then a steady stream at half the rate.
- original: the same load on the tutorial application in original/manage.py.
- settings: a smaller burst with one setting changed at a time.
- slow: two hundred slow clients of gunicorn, with and without nginx.

Except for three of the settings, the steps do nothing, so the figures show only the
overhead. The clients run on the same machine. Ctrl-C stops all processes.
"""

import argparse
import contextlib
import http.client
import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

from tools.faults.stack import Stack
from tools.load.measure import Watch, long, say
from tools.load.picture import picture
from tools.load.settings import settings
from tools.load.sites import application, original
from tools.load.slow_clients import BEGINNINGS, NAME, request_repeatedly, slow_clients
from tools.servers.nginx import Nginx
from tools.site.measured import measured_here

DOCS = Path(__file__).parents[2] / "docs"
PARTS = ["application", "original", "settings", "slow"]
# The pages describe measurements with these values, so --write requires them.
SECONDS = 600
BURST = 1000


def main() -> None:
    """Measure the selected parts and print the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--seconds", type=float, default=SECONDS, help="duration of the steady load"
    )
    parser.add_argument(
        "--burst", type=int, default=BURST, help="number of runs in the burst"
    )
    parser.add_argument(
        "--only",
        choices=PARTS,
        action="append",
        help="run only this part; can be repeated",
    )
    parser.add_argument(
        "--write", action="store_true", help="write the results to docs/"
    )
    asked = parser.parse_args()
    if asked.write and (asked.seconds, asked.burst) != (SECONDS, BURST):
        parser.error(
            f"--write requires {SECONDS} seconds and {BURST} runs. Remove --seconds "
            "and --burst, or remove --write."
        )
    try:
        measure(asked)
    except KeyboardInterrupt:
        sys.exit("Stopped. All processes have ended.")


def measure(asked: argparse.Namespace) -> None:
    """Measure the selected parts. With --write, write each result when it is ready."""
    wanted = asked.only or PARTS
    watches: dict[str, Watch] = {}
    rate = 0.0

    def done(part: str, found: Any) -> None:
        print(json.dumps({part: found}, indent=1), flush=True)
        if asked.write:
            write(part, found)

    names = f"127.0.0.1,{NAME}"
    with Stack("redis", STEP_SECONDS="0", ALLOWED_HOSTS=names) as stack:
        if "application" in wanted:
            say("the application")
            with application(stack) as site:
                found, watches["Sprout"] = long(site, asked.burst, asked.seconds)
            rate = found["steady"]["runs a second"]
            done("application", found)
        if "slow" in wanted:
            done("slow", slow(stack))
        if "settings" in wanted:
            done("settings", settings(stack, max(20, asked.burst // 4)))
    if "original" in wanted:
        say("the original")
        with original() as site:
            found, watches["a tutorial"] = long(site, asked.burst, asked.seconds, rate)
        done("original", found)
    if asked.write and len(watches) == 2:
        (DOCS / "pictures" / "load.svg").write_text(picture(watches), encoding="utf-8")


def write(part: str, found: Any) -> None:
    """Write a result to docs/load.json with the date and the machine."""
    path = DOCS / "load.json"
    whole = json.loads(path.read_text()) if path.exists() else {}
    whole[part] = {"measured": measured_here(), "found": found}
    path.write_text(json.dumps(whole, indent=1) + "\n")


def slow(stack: Stack, count: int = 200) -> list[dict]:
    """Measure the requests of a normal client while `count` clients are slow."""
    rows = []
    with Nginx(stack.port) as nginx:
        for where, port, tls in (
            ("gunicorn alone", stack.port, None),
            ("behind nginx", nginx.port, nginx.tls),
        ):
            for kind, beginning in BEGINNINGS.items():
                say(f"slow: {count} clients with slow {kind}, {where}")
                with slow_clients(port, beginning, count, tls):
                    found = request_repeatedly(partial(healthy, port, tls), 10)
                rows.append({"web": where, "slow": kind, "clients": count, **found})
    return rows


def healthy(port: int, tls: Any) -> None:
    """Raise an error unless the health check succeeds within 3 seconds."""
    kind = http.client.HTTPSConnection if tls else http.client.HTTPConnection
    connection = kind("127.0.0.1", port, timeout=3, **({"context": tls} if tls else {}))
    with contextlib.closing(connection):
        connection.request("GET", "/healthz")
        with connection.getresponse() as answer:
            assert answer.read() == b"ok\n"


if __name__ == "__main__":
    main()
