"""Define checks and their findings, and run them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from sprout.doctor.symptoms import BY_ID, Symptom


class Status(StrEnum):
    """The outcome of a check."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"
    UNKNOWN = "could not check"


@dataclass(frozen=True)
class Finding:
    """The finding of a check: a sentence, and the id of the symptom if there is one.

    `fix` removes the cause, where that is safe; `fix_text` says what it does.
    """

    status: Status
    message: str
    id: str = ""
    check: str = ""
    fix: Callable[[], None] | None = None
    fix_text: str = ""

    @property
    def symptom(self) -> Symptom | None:
        """The symptom that the id names."""
        return BY_ID.get(self.id)


def ok(message: str) -> Finding:
    """Return a finding that all is well."""
    return Finding(Status.OK, message)


def warning(id: str, message: str) -> Finding:
    """Return a finding that need not stop the reader."""
    return Finding(Status.WARNING, message, id)


def fault(id: str, message: str) -> Finding:
    """Return a finding that stops the reader."""
    return Finding(Status.FAULT, message, id)


def unknown(message: str) -> Finding:
    """Return a finding that something could not be checked."""
    return Finding(Status.UNKNOWN, message)


class Check(Protocol):
    """A check: it looks at a subject and yields what it found."""

    __name__: str

    def __call__(self, subject: Any, /) -> Iterable[Finding]:
        """Yield what the check finds."""


def run(checks: Iterable[Check], subject: object) -> Iterator[Finding]:
    """Run the checks one after another and yield their findings.

    A check that crashes is reported as "could not check"; the others still run.
    """
    for check in checks:
        name = check.__name__.removeprefix("check_")
        try:
            findings = list(check(subject))
        except Exception as error:
            crash = f"The check crashed with {type(error).__name__}: {error}"
            findings = [unknown(crash)]
        for finding in findings:
            yield Finding(**{**vars(finding), "check": name})
