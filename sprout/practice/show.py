"""Print exercises and verdicts."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from sprout import timeline
from sprout.days import ROOT
from sprout.practice.exercises import Exercise
from sprout.practice.progress import Progress
from sprout.practice.verdict import Kind, Verdict

SIGNS = {
    Kind.NOT_ATTEMPTED: "○ not attempted",
    Kind.WRONG: "✗ not right yet",
    Kind.RIGHT: "✓ right",
    Kind.BROKEN: "! the set-up is broken",
}
STYLES = {Kind.WRONG: "yellow", Kind.RIGHT: "green", Kind.BROKEN: "red"}
LONGEST = 2000  # longest output, in characters


def show_task(exercise: Exercise, console: Console) -> None:
    """Print the statement and the path of the file to edit."""
    kind = "a broken program" if exercise.is_diagnosis else "a gap to fill"
    line(console, f"{exercise.name}: {exercise.title}", "bold")
    line(console, f"{exercise.minutes} minutes, {kind}\n", "dim")
    for paragraph in exercise.task.partition("\n")[2].strip().split("\n\n"):
        line(console, " ".join(paragraph.split()))
    if exercise.is_diagnosis:
        line(console, "\nPress r before you edit, to see the program's behaviour.")
    line(console, f"\nEdit {path_of(exercise)}")


def show_verdict(exercise: Exercise, verdict: Verdict, console: Console) -> None:
    """Print a verdict with the expected and actual outcomes and the timeline."""
    console.print(
        Text(f"{exercise.name}: {SIGNS[verdict.kind]}", STYLES.get(verdict.kind, ""))
    )
    if verdict.kind is Kind.NOT_ATTEMPTED:
        line(console, f"The file is unchanged: {path_of(exercise)}")
        if verdict.message:
            line(console, "The unchanged program has this outcome:")
    if verdict.message:
        line(console, f"  {verdict.message}")
    for name, text in (("expected", verdict.expected), ("seen", verdict.seen)):
        if text:
            line(console, f"  {name:<9} {shorten(text)}")
    if verdict.spans:
        console.print()
        console.print(timeline.text(verdict.spans, console.width))
    if verdict.printed and verdict.kind is Kind.WRONG:
        line(console, "Your code printed:", "dim")
        line(console, shorten(verdict.printed))
    needs_log = exercise.is_diagnosis or verdict.waited_for
    if verdict.log and needs_log and verdict.kind is not Kind.RIGHT:
        line(console, f"The worker's log: {path_of(exercise, 'worker.log')}")
    if verdict.symptom:
        line(console, f"For details, run `sprout doctor --explain {verdict.symptom}`.")


def show_hint(exercise: Exercise, number: int, console: Console) -> None:
    """Print one hint."""
    line(console, f"Hint {number} of {len(exercise.hints)}", "bold")
    line(console, exercise.hints[number - 1])


def show_list(
    exercises: Sequence[Exercise], progress: Progress, console: Console
) -> None:
    """Print the exercises, and mark the solved ones."""
    for exercise in exercises:
        mark = "✓" if progress.is_solved(exercise) else "·"
        kind = "  (broken)" if exercise.is_diagnosis else ""
        line(console, f"{mark} {exercise.name:<22} {exercise.title}{kind}")
    solved = sum(progress.is_solved(each) for each in exercises)
    line(console, f"\n{solved} of {len(exercises)} solved", "dim")


def path_of(exercise: Exercise, name: str = "exercise.py") -> str:
    """Return the path of a file in the reader's folder, relative to the checkout."""
    path = exercise.work.parent / name
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def shorten(text: str) -> str:
    """Return text, without its middle part if the text is longer than LONGEST."""
    text = text.strip()
    if len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST // 2]}\n[...]\n{text[-LONGEST // 2 :]}"


def line(console: Console, text: str, style: str = "") -> None:
    """Print text without interpreting markup."""
    console.print(Text(text, style))
