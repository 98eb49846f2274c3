"""Inject faults into the application, and record the results (`make faults`).

python -m tools.faults [--stack redis|rabbitmq] [--only PATTERN] [--write]

The exit code is 1 if a promise was broken, or after 90 minutes. With --write, the
results of each fault are recorded when it ends. Ctrl-C stops all processes.
"""

import argparse
import json
import re
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tools.faults.count import Row
from tools.faults.fault import Fault
from tools.faults.faults import FAULTS
from tools.faults.run import broken, run
from tools.faults.stack import Stack

LIMIT = 90 * 60  # time limit of the command, in seconds
WRITTEN = Path(__file__).parents[2] / "docs" / "reliability.json"
COLUMNS = {
    "asked": "asked",
    "accepted": "accepted",
    "refused": "503",
    "succeeded": "succeeded",
    "failed": "failed",
    "lost": "lost",
    "stuck": "stuck",
    "dropped": "dropped",
    "twice": "twice",
    "again": "started again",
    "resent": "started again after a resend",
    "longest": "longest wait, s",
    "serves": "serves after, s",
    "settled": "settled after, s",
    "saw": "observations",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stack", choices=["redis", "rabbitmq"])
    parser.add_argument(
        "--only", default="", help="run only faults whose names match this pattern"
    )
    parser.add_argument(
        "--write", action="store_true", help=f"write the results to {WRITTEN.name}"
    )
    asked = parser.parse_args()
    signal.signal(signal.SIGALRM, too_long)
    # Also handle Ctrl-C if the shell started the command with `&`.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    signal.alarm(LIMIT)
    begin = time.monotonic()
    todo = list(chosen(asked.stack, asked.only))
    rows: list[Row] = []
    bad: list[str] = []
    while todo:
        kind, before = todo[0][0], len(rows)
        try:
            with Stack(kind) as stack:
                while todo and todo[0][0] == kind:
                    _, fault = todo.pop(0)
                    name = f"{kind}, {fault.name}"
                    minutes = (time.monotonic() - begin) / 60
                    print(f"\n{minutes:.0f} min, {len(todo)} faults remain: ", end="")
                    print(name, flush=True)
                    row = run(stack, fault, seconds=10, patience=200)
                    wrong = broken(row, fault)
                    print("  ", {k: v for k, v in row.as_dict().items() if v})
                    print("  ", f"BROKEN: {'; '.join(wrong)}" if wrong else "holds")
                    if wrong:
                        bad.append(f"{name}: {'; '.join(wrong)}")
                        print(stack.log("worker")[-4000:])
                    rows.append(row)
                    # Write immediately, because a long run can be interrupted.
                    if asked.write:
                        write([row])
        except Exception as error:
            if len(rows) == before:  # No fault finished on this stack.
                raise
            bad.append(f"{name}: {error!r}"[:300])
            print(f"   BROKEN: {bad[-1]}. A new stack starts.", flush=True)
    print(f"\n{table(rows)}\n")
    print(*(f"BROKEN: {one}" for one in bad), sep="\n")
    sys.exit(bool(bad))


def chosen(stack: str | None, pattern: str) -> Iterator[tuple[str, Fault]]:
    """Yield the selected faults with their stacks, ordered by stack."""
    for kind in [stack] if stack else ["redis", "rabbitmq"]:
        for fault in FAULTS:
            if kind not in fault.kinds or not re.search(pattern, fault.name):
                continue
            if reason := fault.lacks():
                print(f"skipped: {fault.name}. This fault needs {reason}")
                continue
            yield kind, fault


def too_long(*_: object) -> None:
    raise SystemExit(f"BROKEN: the faults took more than {LIMIT / 60:.0f} minutes")


def write(rows: list[Row]) -> None:
    """Replace the rows of these faults in docs/reliability.json."""
    old = json.loads(WRITTEN.read_text()) if WRITTEN.exists() else []
    found = {(row["fault"], row["stack"]): row for row in old}
    found |= {(row.fault, row.stack): row.as_dict() for row in rows}
    promises = {fault.name: fault.promise for fault in FAULTS}
    order = [
        {**found[fault.name, kind], "promise": promises[fault.name]}
        for fault in FAULTS
        for kind in fault.kinds
        if (fault.name, kind) in found
    ]
    WRITTEN.parent.mkdir(exist_ok=True)
    WRITTEN.write_text(json.dumps(order, indent=1) + "\n")


def table(rows: list[Row]) -> str:
    head = ["fault", "stack", *COLUMNS.values()]
    lines = [head, ["---"] * len(head)]
    for row in rows:
        values = [getattr(row, name) for name in COLUMNS]
        cells = ["never" if value is None else str(value) for value in values]
        lines.append([row.fault, row.stack, *cells])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("stopped")
