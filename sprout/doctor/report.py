"""Print the findings of the doctor, as text or as JSON."""

import json
from collections.abc import Iterable, Sequence

from rich.console import Console

from sprout.doctor.checks import Finding, Status
from sprout.doctor.symptoms import Symptom

STYLES = {
    Status.OK: "green",
    Status.WARNING: "yellow",
    Status.FAULT: "bold red",
    Status.UNKNOWN: "magenta",
}


ORDER = (Status.FAULT, Status.UNKNOWN, Status.WARNING, Status.OK)


def exit_code(findings: Iterable[Finding], strict: bool = False) -> int:
    """Return 1 for a fault, 2 if a check was not possible, and 0 otherwise.

    A strict report treats warnings as faults.
    """
    found = {finding.status for finding in findings}
    if Status.FAULT in found or (strict and Status.WARNING in found):
        return 1
    return 2 if Status.UNKNOWN in found else 0


def show(findings: Sequence[Finding], console: Console) -> None:
    """Print the findings, with the cure of each known symptom."""
    for finding in findings:
        style = STYLES[finding.status]
        console.print(f"[{style}]{finding.status:8}[/] ", end="")
        console.print(f"{finding.id} {finding.message}".strip(), markup=False)
        if finding.symptom:
            console.print(f"         Cure: {finding.symptom.cure}", markup=False)
    if any(finding.symptom for finding in findings):
        console.print("\nFor details, run `sprout doctor --explain ID`.", markup=False)


def explain(symptom: Symptom, console: Console) -> None:
    """Print the description of a symptom."""
    console.print(f"{symptom.id}  {symptom.title}", markup=False)
    console.print(f"  Cause: {symptom.cause}", markup=False)
    console.print(f"  Cure:  {symptom.cure}", markup=False)
    console.print(f"  Page:  {symptom.page}", markup=False)
    if symptom.unseen:
        console.print(f"  No check finds this symptom. {symptom.unseen}", markup=False)


def as_json(findings: Iterable[Finding], code: int) -> str:
    """Return the findings and the exit code as JSON."""
    return json.dumps(
        {
            "exit_code": code,
            "findings": [
                {
                    "check": finding.check,
                    "status": str(finding.status),
                    "message": finding.message,
                    "id": finding.id or None,
                    **(described(finding.symptom) if finding.symptom else {}),
                }
                for finding in findings
            ],
        },
        indent=2,
    )


def described(symptom: Symptom) -> dict[str, str]:
    """Return the fields of a symptom as a JSON object."""
    return {
        "title": symptom.title,
        "cause": symptom.cause,
        "cure": symptom.cure,
        "page": symptom.page,
    }
