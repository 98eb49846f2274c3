"""Checks, their findings, and the function that runs the checks."""

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
    """The finding of a check: a sentence, and the id of a known symptom.

    `fix` is a function that removes the cause, or None if no safe removal is known.
    `fix_text` describes the removal.
    """

    status: Status
    message: str
    id: str = ""
    check: str = ""
    fix: Callable[[], None] | None = None
    fix_text: str = ""

    @property
    def symptom(self) -> Symptom | None:
        """The symptom with this id, or None if the finding has no id."""
        return BY_ID.get(self.id)


def ok(message: str) -> Finding:
    """Return a finding for a check that passed."""
    return Finding(Status.OK, message)


def warning(id: str, message: str) -> Finding:
    """Return a minor problem. The doctor exits with 1 only if --strict is set."""
    return Finding(Status.WARNING, message, id)


def fault(id: str, message: str) -> Finding:
    """Return a serious problem, for which the doctor exits with 1."""
    return Finding(Status.FAULT, message, id)


def unknown(message: str) -> Finding:
    """Return a finding for a check that was not possible."""
    return Finding(Status.UNKNOWN, message)


class Check(Protocol):
    """A function that inspects a subject and yields findings.

    Its docstring states the condition that the check verifies.
    """

    __name__: str

    def __call__(self, subject: Any, /) -> Iterable[Finding]:
        """Yield the findings of the check."""


def run(checks: Iterable[Check], subject: object) -> Iterator[Finding]:
    """Run the checks one after another and yield their findings.

    If a check crashes, its finding is "could not check". The other checks still run.
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
