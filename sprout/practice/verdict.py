"""The verdict of a check."""

from dataclasses import dataclass, field
from enum import StrEnum

from sprout.spans import Span


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
