"""One sitting: the exercise that is open, and what each key does to it."""

import os
import select
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.syntax import Syntax

from sprout.practice.exercises import Exercise, all_exercises
from sprout.practice.judge import Judge
from sprout.practice.progress import Progress
from sprout.practice.show import (
    line,
    path_of,
    show_hint,
    show_list,
    show_task,
    show_verdict,
)
from sprout.practice.verdict import Kind, Verdict

KEYS = "n next, h hint, r run, l list, s skip, o solution, x reset, q quit"
POLL = 0.2  # seconds between two looks at the file


class Session:
    """The open exercise, its checks, and its progress."""

    def __init__(
        self, exercise: Exercise, judge: Judge, progress: Progress, console: Console
    ) -> None:
        self.judge = judge
        self.progress = progress
        self.console = console
        self.quitting = False
        self.offer = ""  # what to say after the right answer
        self.open(exercise)

    def open(self, exercise: Exercise) -> None:
        """Begin with an exercise."""
        self.exercise = exercise
        exercise.open()
        self.progress.open(exercise)
        show_task(exercise, self.console)

    def check(self) -> Verdict:
        """Check the file as it is now, and print the verdict."""
        text = self.text()
        verdict = self.judge.check(self.exercise, text)
        verdict.outdated = self.text() != text
        log = self.exercise.work.with_name("worker.log")
        log.write_text(verdict.log, "utf-8")
        self.console.print()
        show_verdict(self.exercise, verdict, self.console)
        if verdict.kind is Kind.RIGHT:
            self.progress.solve(self.exercise)
            line(self.console, self.offer)
        elif verdict.kind is Kind.WRONG:
            if not self.progress.hints(self.exercise):
                self.progress.next_hint(self.exercise)
            self.console.print()
            show_hint(self.exercise, self.progress.hints(self.exercise), self.console)
        return verdict

    def text(self) -> str:
        """Return the reader's text; without the file, the exercise's own."""
        return self.exercise.open().read_bytes().decode("utf-8", "replace")

    # Keys

    def press(self, key: str) -> None:
        """Do what a key says; any other key names the keys."""
        actions: dict[str, Callable[[], object]] = {
            "n": self.next,
            "s": self.next,
            "h": self.hint,
            "r": self.check,
            "l": self.list,
            "o": self.solution,
            "x": self.reset,
            "q": self.quit,
        }
        actions.get(key, lambda: line(self.console, KEYS, "dim"))()

    def next(self) -> None:
        """Open the next exercise that is neither solved nor skipped."""
        exercises = all_exercises()
        place = exercises.index(self.exercise) + 1
        for exercise in exercises[place:] + exercises[: place - 1]:
            if not (
                self.progress.is_solved(exercise)
                or self.progress.is_known(exercise.day)
            ):
                self.console.print()
                self.open(exercise)
                return
        line(self.console, "All other exercises are solved or skipped.")

    def hint(self) -> None:
        """Show the next hint."""
        show_hint(self.exercise, self.progress.next_hint(self.exercise), self.console)

    def list(self) -> None:
        """List the exercises."""
        show_list(all_exercises(), self.progress, self.console)

    def solution(self) -> None:
        """Show the solution if the exercise is solved, or the second time."""
        if self.progress.ask_for_solution(self.exercise):
            self.console.print(Syntax(self.exercise.solution, "python"))
        else:
            line(self.console, "Not solved yet. Ask again to see the solution.")

    def reset(self) -> None:
        """Put the exercise as it was into the reader's file."""
        self.exercise.reset()
        line(self.console, f"Reset {path_of(self.exercise)}.")
        line(self.console, "Your text is in exercise.before-reset.py beside it.")

    def quit(self) -> None:
        """End the sitting."""
        self.quitting = True


def watch(session: Session) -> None:
    """Check the file whenever it is saved, and obey keys, until q or Ctrl-D.

    The file is looked at every 0.2 s: file events do not work on network drives.
    """
    with keys() as read_key:
        line(session.console, f"\nSave the file to check it. Keys: {KEYS}.", "dim")
        session.offer = "o shows a solution, n opens the next exercise."
        seen = session.text()
        while not session.quitting:
            key = read_key(POLL)
            if key == "":
                return
            if key is not None:
                session.press(key)
                if key in "nsx":
                    seen = session.text()
            elif (text := session.text()) != seen:
                seen = text
                session.check()


@contextmanager
def keys() -> Iterator[Callable[[float], str | None]]:
    """Return a function that waits so many seconds for a key.

    It returns None if there was none, and "" at the end of the input. Without a
    terminal, each line is a key.
    """

    def read(seconds: float) -> str | None:
        ready, _, _ = select.select([sys.stdin], [], [], seconds)
        if not ready:
            return None
        if not sys.stdin.isatty():
            typed = sys.stdin.readline()
            return typed and (typed.strip()[:1] or "?")
        key = os.read(sys.stdin.fileno(), 1).decode("ascii", "replace")
        return "" if key == "\x04" else key

    if not sys.stdin.isatty():
        yield read
        return
    import termios
    import tty

    before = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin)
    try:
        yield read
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
