"""The verdict of a check, from the error of the check and the worker's log."""

import ast
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sprout.doctor.text import diagnose
from sprout.spans import Span

NOT_JSON = "The worker refuses the message, because it is not JSON."


class Kind(StrEnum):
    """The four verdicts."""

    NOT_ATTEMPTED = "not attempted"
    WRONG = "wrong"
    RIGHT = "right"
    BROKEN = "set-up broken"


@dataclass
class Verdict:
    """The outcome of a check, with the recorded facts.

    `waited_for` names the missing event if the check timed out. `symptom` is the id of
    a symptom for `sprout doctor --explain`. `printed` is the output of the reader's
    code in the client. `log` is the log of the workers.
    """

    kind: Kind
    message: str = ""
    expected: str = ""
    seen: str = ""
    waited_for: str = ""
    symptom: str = ""
    spans: list[Span] = field(default_factory=list)
    printed: str = ""
    log: str = ""
    outdated: bool = False  # the file was saved again during the check


# The outcome of a client that exits during the check.
EXITED = {
    "message": "exercise.py ended the client's process.",
    "expected": "functions that return",
    "seen": "os._exit() or a crash of Python",
}


def conclude(seen: dict[str, Any], printed: str = "", log: str = "") -> Verdict:
    """Return the verdict on a check.

    `seen` contains the attributes of the `Wrong` error that the check raised. If the
    check crashed, `seen["crash"]` is its traceback. After a success, `seen` contains
    only `spans`.
    """
    if crash := seen.get("crash"):
        verdict = broken(crash)
        verdict.log, verdict.printed = log, printed
        return verdict
    verdict = Verdict(**{"kind": Kind.RIGHT, **seen}, printed=printed, log=log)
    if "message" not in seen:
        return verdict
    verdict.kind = Kind.WRONG
    if refused := re.search(r"ContentDisallowed\b.*", log):
        verdict.message, verdict.seen = NOT_JSON, refused[0]
        verdict.expected = "application/json"
    started = [span.label for span in verdict.spans if span.state == "STARTED"]
    running = ", ".join(dict.fromkeys(started))
    if running and verdict.waited_for == "every task to end":
        verdict.expected, verdict.seen = "every task ends", verdict.message
        reason = "the task loops endlessly, or its process died."
        verdict.message = f"{running} has not ended: {reason}"
    known = diagnose("\n".join([verdict.seen, log]))
    verdict.symptom = known[0].id if known else ""
    return verdict


def broken(text: str) -> Verdict:
    """Return the verdict "the set-up is broken" with the symptom, if known."""
    known = diagnose(text)
    last = text.strip().splitlines()[-1] if text.strip() else "The check crashed."
    lines = text.strip() if "Traceback" not in text else last
    return Verdict(
        Kind.BROKEN, lines, symptom=known[0].id if known else "", printed=text
    )


def is_same_code(one: str, other: str) -> bool:
    """Return True if two programs differ at most in comments and layout."""
    try:
        return ast.dump(ast.parse(one)) == ast.dump(ast.parse(other))
    except SyntaxError:
        return False
