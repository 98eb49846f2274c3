"""`make faults`: break everything, once, on both stacks; write down what came of it.

python -m tests.faults [--stack redis|rabbitmq] [--only PATTERN] [--write]
"""

import argparse
import json
import re
import sys
from pathlib import Path

from tests.faults.count import Row
from tests.faults.faults import FAULTS
from tests.faults.run import broken, run
from tests.faults.stack import Stack

WRITTEN = Path(__file__).parents[2] / "docs" / "reliability.json"
COLUMNS = {
    "asked": "asked",
    "accepted": "accepted",
    "refused": "503",
    "succeeded": "succeeded",
    "failed": "failed",
    "lost": "lost",
    "stuck": "stuck",
    "twice": "twice",
    "again": "begun again",
    "longest": "longest answer, s",
    "serves": "serves after, s",
    "settled": "settled after, s",
    "saw": "and",
}


def main() -> None:
    """Run the faults that the command line chooses; exit 1 if a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stack", choices=["redis", "rabbitmq"])
    parser.add_argument("--only", default="", help="a pattern; these faults alone")
    parser.add_argument("--write", action="store_true", help=f"to {WRITTEN.name}")
    asked = parser.parse_args()
    rows: list[Row] = []
    bad = 0
    for kind in [asked.stack] if asked.stack else ["redis", "rabbitmq"]:
        with Stack(kind) as stack:
            for fault in FAULTS:
                if kind not in fault.kinds or not re.search(asked.only, fault.name):
                    continue
                print(f"{kind}: {fault.name} ...", flush=True)
                row = run(stack, fault, seconds=10, patience=200)
                wrong = broken(row, fault)
                bad += bool(wrong)
                print("  ", row.as_dict(), flush=True)
                print("  ", "BROKEN " + "; ".join(wrong) if wrong else "holds")
                rows.append(row)
                if asked.write:  # at once: a long run may be interrupted
                    write([row])
    print(table(rows))
    sys.exit(bool(bad))


def write(rows: list[Row]) -> None:
    """Put the rows into the file, in the place of those of the same faults there."""
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
    """Return the rows as a Markdown table."""
    head = ["fault", "stack", *COLUMNS.values()]
    lines = [head, ["---"] * len(head)]
    for row in rows:
        values = [getattr(row, name) for name in COLUMNS]
        cells = ["never" if value is None else str(value) for value in values]
        lines.append([row.fault, row.stack, *cells])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main()
