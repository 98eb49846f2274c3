"""Test the exercises thoroughly: `python -m tools.practice mutants` or `repeat`.

The test suite judges every solution, every wrong answer and a sample of the mutants.
`mutants` judges all mutants. `repeat` judges the solutions repeatedly while other
processes keep the processors busy. It counts wrong verdicts and measures the durations.
"""

import multiprocessing
import os
import statistics
import time

import click

from sprout.environment import clean
from sprout.practice.exercises import Exercise, all_exercises
from sprout.practice.judge import Judge
from sprout.practice.verdict import Kind
from tools.practice.mutants import mutants

LEAST = 0.95  # required share of rejected mutants


def chosen(names: tuple[str, ...]) -> list[Exercise]:
    """Return the exercises whose names start with one of `names`, or all exercises."""
    return [
        each for each in all_exercises() if not names or each.name.startswith(names)
    ]


@click.group()
def main() -> None:
    """Test the exercises thoroughly."""
    clean(os.environ)


@main.command("mutants")
@click.argument("names", nargs=-1)
@click.option("--first", type=int, help="Judge at most this many mutants per exercise.")
def run_mutants(names: tuple[str, ...], first: int | None) -> None:
    """Judge all mutants. Exit with 1 if fewer than 95 % are rejected."""
    total = killed = 0
    with Judge() as judge:
        for exercise in chosen(names):
            texts = mutants(exercise)[:first]
            alive = [
                text for text in texts if judge.run(exercise, text).kind is Kind.RIGHT
            ]
            total += len(texts)
            killed += len(texts) - len(alive)
            click.echo(f"{exercise.name}: {len(texts) - len(alive)} of {len(texts)}")
            for text in alive:
                click.echo(f"--- alive\n{text}\n---")
    click.echo(f"mutants rejected: {killed} of {total}, {killed / total:.1%}")
    raise SystemExit(killed / total < LEAST)


@main.command()
@click.argument("names", nargs=-1)
@click.option("--checks", default=1000, show_default=True)
@click.option("--busy", default=2, show_default=True, help="Busy processes to start.")
def repeat(names: tuple[str, ...], checks: int, busy: int) -> None:
    """Judge the solutions repeatedly. Exit with 1 if a verdict is not right."""
    exercises = chosen(names)
    load = [multiprocessing.Process(target=_compute, daemon=True) for _ in range(busy)]
    for process in load:
        process.start()
    seconds, flakes = [], 0
    with Judge() as judge:
        # Start the broker and the fork server before the first measured check.
        judge.run(exercises[0], exercises[0].solution)
        for number in range(checks):
            exercise = exercises[number % len(exercises)]
            begin = time.monotonic()
            verdict = judge.run(exercise, exercise.solution)
            seconds.append(time.monotonic() - begin)
            if verdict.kind is not Kind.RIGHT:
                flakes += 1
                click.echo(f"{exercise.name}: {verdict.kind}: {verdict.message}")
    p95 = statistics.quantiles(seconds, n=20)[-1]
    click.echo(
        f"{checks} checks with {busy} busy processes: {flakes} not right; "
        f"median {statistics.median(seconds):.2f} s, 95 % within {p95:.2f} s"
    )
    raise SystemExit(flakes > 0)


def _compute() -> None:
    while True:
        sum(range(10_000))


if __name__ == "__main__":
    main()
