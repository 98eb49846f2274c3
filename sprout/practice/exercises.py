"""Find exercises below practice/, and copy them to var/practice/ for the reader.

>>> find("day0/send").title
'Send a task'
"""

import ast
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sprout import SproutError
from sprout.days import ROOT
from sprout.practice.verdict import is_same_code

FOLDER = ROOT / "practice"
WORK = ROOT / "var" / "practice"
OWN = {"exercise.py", "solution.py", "check.py", "hints.md", "wrong", "__pycache__"}


@contextmanager
def writing() -> Iterator[None]:
    """Convert an OSError in the block or decorated function to a SproutError."""
    try:
        yield
    except OSError as error:
        raise SproutError(
            f"{WORK} cannot be written: {error.strerror}. Make the folder writable."
        ) from error


@dataclass(frozen=True)
class Exercise:
    """An exercise. `name` is the path below practice/, such as "day4/fan_in"."""

    name: str

    @property
    def folder(self) -> Path:
        """The folder of the exercise."""
        return FOLDER / self.name

    @property
    def day(self) -> str:
        """The day of the exercise, or "django"."""
        return self.name.partition("/")[0]

    @property
    def work(self) -> Path:
        """The path of the reader's file, even before the file exists."""
        return WORK / self.name / "exercise.py"

    @property
    def unsolved(self) -> str:
        """The text of the unsolved exercise."""
        return (self.folder / "exercise.py").read_text("utf-8")

    @property
    def solution(self) -> str:
        """The text of the solution."""
        return (self.folder / "solution.py").read_text("utf-8")

    @cached_property
    def task(self) -> str:
        """The statement of the exercise: the docstring of exercise.py."""
        return ast.get_docstring(ast.parse(self.unsolved)) or ""

    @property
    def title(self) -> str:
        """The first line of the statement, without its full stop."""
        return self.task.splitlines()[0].rstrip(".")

    @property
    def wrong(self) -> list[Path]:
        """The wrong answers. The docstring of each file is the expected message."""
        return sorted((self.folder / "wrong").glob("*.py"))

    @cached_property
    def _hints(self) -> list[str]:
        text = (self.folder / "hints.md").read_text("utf-8")
        return [part.strip() for part in re.split(r"^## .*$", text, flags=re.MULTILINE)]

    @property
    def hints(self) -> list[str]:
        """Three hints: a nudge, a section of a page, and an outline of the answer."""
        return self._hints[1:]

    @property
    def minutes(self) -> int:
        """The expected duration of the exercise in minutes, from hints.md."""
        found = re.search(r"(\d+) minutes", self._hints[0])
        assert found, f"{self.name}/hints.md does not state the minutes"
        return int(found[1])

    @property
    def is_diagnosis(self) -> bool:
        """True if the reader repairs a broken program instead of filling a gap."""
        return "broken program" in self._hints[0]

    def open(self) -> Path:
        """Return the path of the reader's file. Create the file if it is missing."""
        if not self.work.exists():
            self.reset()
        return self.work

    @writing()
    def reset(self) -> Path | None:
        """Restore the unsolved exercise in the reader's file.

        Returns the path of the backup, or None if the reader had not changed the file.
        """
        self.work.parent.mkdir(parents=True, exist_ok=True)
        kept = None
        if self.work.exists() and self.work.read_bytes() != self.unsolved.encode():
            kept = self.work.replace(self.work.with_name("exercise.before-reset.py"))
        shared = self.folder.parent / "shop"  # the Django project of the exercises
        given = [*self.folder.iterdir(), *([shared] if shared.exists() else [])]
        for path in given:
            if path.name in OWN - {"exercise.py"}:
                continue
            if path.is_dir():
                shutil.copytree(path, self.work.parent / path.name, dirs_exist_ok=True)
            else:
                shutil.copyfile(path, self.work.parent / path.name)
        return kept


def all_exercises() -> list[Exercise]:
    """Return the exercises in the order of practice/order.txt."""
    lines = (FOLDER / "order.txt").read_text("utf-8").split()
    return [Exercise(name) for name in lines]


def find(name: str) -> Exercise:
    """Return the exercise with this name. Raise SproutError for an unknown name."""
    exercises = all_exercises()
    for exercise in exercises:
        if exercise.name == name.strip("/"):
            return exercise
    same_day = [each.name for each in exercises if each.day == name.partition("/")[0]]
    names = ", ".join(same_day or [each.name for each in exercises])
    raise SproutError(f"There is no exercise {name}. The exercises are {names}.")


def is_unchanged(exercise: Exercise, text: str) -> bool:
    """Return True if code differs from an exercise at most in comments and layout."""
    return is_same_code(text, exercise.unsolved)
