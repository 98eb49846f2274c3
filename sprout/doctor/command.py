"""The command `sprout doctor`."""

import sys
from pathlib import Path

import click
from rich.console import Console

from sprout.doctor import application, machine
from sprout.doctor.checks import Check, Finding, fault, run, unknown
from sprout.doctor.report import ORDER, as_json, exit_code, explain, show
from sprout.doctor.symptoms import BY_ID
from sprout.doctor.text import diagnose

LONGEST = 1_000_000  # longest text to read, in bytes


@click.command()
@click.argument("text", required=False, metavar="[-]", type=click.Choice(["-"]))
@click.option("-A", "--app", "name", help="Also check this Celery app.")
@click.option("--ask-workers", is_flag=True, help="Also check the running workers.")
@click.option("--strict", is_flag=True, help="Also exit with 1 for a warning.")
@click.option("--json", "for_programs", is_flag=True, help="Print only JSON.")
@click.option("--explain", "id", metavar="ID", help="Explain an id, and exit.")
@click.option("--fix", is_flag=True, help="Remove the causes that are safe to remove.")
@click.option("--dry-run", is_flag=True, help="With --fix: only print the changes.")
def doctor(
    text: str | None,
    name: str | None,
    ask_workers: bool,
    strict: bool,
    for_programs: bool,
    id: str | None,
    fix: bool,
    dry_run: bool,
) -> None:
    """Name the cause and the cure of a broken set-up.

    Checks this machine, this checkout and, with -A, a Celery app. With "-", reads a
    traceback or a log from standard input instead.

    The exit code is 0 if there are no faults, 1 for a fault, and 2 if a check was not
    possible. Warnings do not change the exit code without --strict. Without --fix, the
    command changes no file. Without --ask-workers, it sends no message.
    """
    console = Console(highlight=False, soft_wrap=True)
    if dry_run and not fix:
        raise click.UsageError("--dry-run needs --fix.")
    if ask_workers and not name:
        raise click.UsageError("--ask-workers needs -A with the name of the app.")
    if id:
        if id.upper() not in BY_ID:
            ids = f"{min(BY_ID)} to {max(BY_ID)}"
            raise click.UsageError(f"There is no {id}. The ids are {ids}.")
        explain(BY_ID[id.upper()], console)
        return
    findings = read_text() if text else examine(name, ask_workers)
    findings.sort(key=lambda finding: ORDER.index(finding.status))
    code = exit_code(findings, strict)
    if for_programs:
        click.echo(as_json(findings, code))
    else:
        show(findings, console)
    if fix:
        apply_fixes(findings, dry_run, for_programs)
    sys.exit(code)


def examine(name: str | None, ask_workers: bool) -> list[Finding]:
    """Return the findings about this machine and, if an app is named, about the app."""
    here = Path.cwd()
    if name is None:
        return list(run(machine.CHECKS, machine.Machine(here)))
    subject = application.Application(name, here, ask_workers)
    checks: list[Check] = [application.check_loading]
    if not subject.error:
        checks += application.CHECKS
    found = list(run(checks, subject))
    # Check the broker of the app instead of the broker of this terminal.
    others = [check for check in machine.CHECKS if check is not machine.check_broker]
    return [*found, *run(others, machine.Machine(here))]


def read_text() -> list[Finding]:
    """Return the symptoms in a traceback or a log on standard input."""
    if sys.stdin.isatty():
        click.echo("Paste the text. Then press Enter and Ctrl-D.", err=True)
    text = sys.stdin.buffer.read(LONGEST).decode("utf-8", "replace")
    found = [fault(symptom.id, symptom.title) for symptom in diagnose(text)]
    return found or [unknown("The text contains no known symptom.")]


def apply_fixes(findings: list[Finding], dry_run: bool, to_stderr: bool) -> None:
    """Remove the causes that are safe to remove, or print the planned changes."""
    fixable = [finding for finding in findings if finding.fix]
    for finding in fixable:
        would = "It would " if dry_run else "It will "
        click.echo(f"{would}{finding.fix_text}.", err=to_stderr)
        if finding.fix and not dry_run:
            finding.fix()
    if not fixable:
        click.echo("The doctor cannot fix any of these findings safely.", err=to_stderr)
