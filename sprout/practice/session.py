"""A practice session: the open exercise and the actions of the keys."""

import os
import select
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.syntax import Syntax

from sprout.practice.exercises import Exercise, all_exercises, writing
from sprout.practice.judge import Judge, Stopped, never
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
POLL = 0.1  # seconds between two reads of the file


class Session:
    """The open exercise, its checks and the reader's progress."""

    def __init__(
        self, exercise: Exercise, judge: Judge, progress: Progress, console: Console
    ) -> None:
        self.judge = judge
        self.progress = progress
        self.console = console
        self.quitting = False
        self.watching = False  # True if keys work and each save starts a check
        self.stop = never  # returns True if the running check must stop
        self.open(exercise)

    def open(self, exercise: Exercise) -> None:
        """Open an exercise."""
        self.exercise = exercise
        exercise.open()
        self.progress.open(exercise)
        show_task(exercise, self.console)

    def check(self) -> Verdict:
        """Check the current text of the file, and print the verdict.

        Raises Stopped if `stop` returns True during the check.
        """
        text = self.text()
        if self.watching:
            line(self.console, "Checking ...", "dim")
        verdict = self.judge.check(self.exercise, text, self.stop)
        verdict.outdated = self.text() != text
        log = self.exercise.work.with_name("worker.log")
        with writing():
            log.write_text(verdict.log, "utf-8")
        self.console.print()
        show_verdict(self.exercise, verdict, self.console)
        if verdict.kind is Kind.RIGHT:
            self.progress.solve(self.exercise)
            if self.watching:
                line(
                    self.console,
                    "Press o to see a solution, or n to open the next exercise.",
                )
        elif verdict.kind is Kind.WRONG:
            self.console.print()
            if not self.progress.hints(self.exercise):
                self.hint()
            elif self.watching:
                line(self.console, "Press h for the next hint.", "dim")
        if verdict.outdated:
            again = "The check runs again." if self.watching else "Check it again."
            line(self.console, f"You saved the file during this check. {again}")
        return verdict

    def text(self) -> str:
        """Return the text of the reader's file. Create the file if it is missing."""
        return self.exercise.open().read_bytes().decode("utf-8", "replace")

    # Keys

    def press(self, key: str) -> None:
        """Run the action of a key. For an unknown key, list the keys."""
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
        is_last = self.progress.hints(self.exercise) == len(self.exercise.hints)
        show_hint(self.exercise, self.progress.next_hint(self.exercise), self.console)
        if is_last:
            line(self.console, "There are no more hints.", "dim")

    def list(self) -> None:
        """List the exercises."""
        show_list(all_exercises(), self.progress, self.console)

    def solution(self) -> None:
        """Show the solution if the exercise is solved, or at the second request."""
        if self.progress.ask_for_solution(self.exercise):
            self.console.print(Syntax(self.exercise.solution, "python"))
        else:
            line(
                self.console,
                "The exercise is unsolved. Ask again to see the solution.",
            )

    def reset(self) -> None:
        """Restore the reader's file to the unsolved exercise."""
        kept = self.exercise.reset()
        line(self.console, f"Reset {path_of(self.exercise)}.")
        if kept:
            line(self.console, f"Your text is in {kept.name} in the same folder.")

    def quit(self) -> None:
        """End the session."""
        self.quitting = True


def watch(session: Session) -> None:
    """Check the file after each save, and handle keys, until q or Ctrl-D.

    Polls the file every 0.1 s, because file events do not work on network drives. A
    check begins after two equal reads in a row, because an editor can empty a file
    before it writes the new text. During a check, q stops the check, and the other keys
    take effect after the check.
    """
    with keys() as read_key:
        line(session.console, f"\nSave the file to check it. Keys: {KEYS}.", "dim")
        typed: list[str] = []  # keys pressed during a check

        def stop() -> bool:
            # Store "" only once, because each read at the end of the input returns "".
            if "" not in typed and (key := read_key(0)) is not None:
                typed.append(key)
            return "q" in typed

        session.watching = True
        session.stop = stop
        seen = text = session.text()
        while not session.quitting:
            key = typed.pop(0) if typed else read_key(POLL)
            if key == "":
                return
            try:
                if key is not None:
                    session.press(key)
                    if key in "nsx":
                        seen = session.text()
                before, text = text, session.text()
                if seen != text == before:
                    seen = text
                    session.check()
            except Stopped:
                return


@contextmanager
def keys() -> Iterator[Callable[[float], str | None]]:
    """Yield a function that waits some seconds for a key, and returns the key.

    The function returns None if no key was pressed, and "" at the end of the input.
    Ctrl-D counts as q. Without a terminal, the first character of a line is the key.
    """

    def read(seconds: float) -> str | None:
        ready, _, _ = select.select([sys.stdin], [], [], seconds)
        if not ready:
            return None
        if not sys.stdin.isatty():
            typed = sys.stdin.readline()
            return typed and (typed.strip()[:1] or "?")
        key = os.read(sys.stdin.fileno(), 1).decode("ascii", "replace")
        return "q" if key == "\x04" else key

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
