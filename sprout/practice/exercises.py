"""The exercises: folders below practice/, and the reader's copies below var/practice/.

>>> find("day0/send").title
'Send the mail'
"""

import ast
import re
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sprout import SproutError
from sprout.days import ROOT

FOLDER = ROOT / "practice"
WORK = ROOT / "var" / "practice"
OWN = {"exercise.py", "solution.py", "check.py", "hints.md", "wrong", "__pycache__"}


@dataclass(frozen=True)
class Exercise:
    """One exercise: `name` is its path below practice/, such as "day4/fan_in"."""

    name: str

    @property
    def folder(self) -> Path:
        """Where the exercise is."""
        return FOLDER / self.name

    @property
    def day(self) -> str:
        """The day that it practises, or "django"."""
        return self.name.partition("/")[0]

    @property
    def work(self) -> Path:
        """The reader's file, whether it is there or not."""
        return WORK / self.name / "exercise.py"

    @property
    def unsolved(self) -> str:
        """The text that the reader starts from."""
        return (self.folder / "exercise.py").read_text("utf-8")

    @property
    def solution(self) -> str:
        """The text of a solution."""
        return (self.folder / "solution.py").read_text("utf-8")

    @cached_property
    def task(self) -> str:
        """What the reader has to do: the docstring of exercise.py."""
        return ast.get_docstring(ast.parse(self.unsolved)) or ""

    @property
    def title(self) -> str:
        """The first line of the task, without its full stop."""
        return self.task.splitlines()[0].rstrip(".")

    @property
    def wrong(self) -> list[Path]:
        """The recorded wrong answers. The docstring of each is the message it gets."""
        return sorted((self.folder / "wrong").glob("*.py"))

    @cached_property
    def _hints(self) -> list[str]:
        text = (self.folder / "hints.md").read_text("utf-8")
        return [part.strip() for part in re.split(r"^## .*$", text, flags=re.MULTILINE)]

    @property
    def hints(self) -> list[str]:
        """The three hints: a nudge, the page's section, the shape of the answer."""
        return self._hints[1:]

    @property
    def minutes(self) -> int:
        """How long it takes, as hints.md says."""
        found = re.search(r"(\d+) minutes", self._hints[0])
        assert found, f"{self.name}/hints.md does not say how many minutes"
        return int(found[1])

    @property
    def is_diagnosis(self) -> bool:
        """Whether the reader repairs a broken program, rather than fills a gap."""
        return "broken program" in self._hints[0]

    def open(self) -> Path:
        """Return the reader's file. Copy the exercise there if there is none."""
        if not self.work.exists():
            self.reset()
        return self.work

    def reset(self) -> None:
        """Put the exercise as it was into the reader's file. Keep the old text."""
        self.work.parent.mkdir(parents=True, exist_ok=True)
        if self.work.exists():
            self.work.replace(self.work.with_name("exercise.before-reset.py"))
        shared = self.folder.parent / "shop"  # the project of Django's exercises
        given = [*self.folder.iterdir(), *([shared] if shared.exists() else [])]
        for path in given:
            if path.name in OWN - {"exercise.py"}:
                continue
            if path.is_dir():
                shutil.copytree(path, self.work.parent / path.name, dirs_exist_ok=True)
            else:
                shutil.copyfile(path, self.work.parent / path.name)


def all_exercises() -> list[Exercise]:
    """Return the exercises in order: by day, then as practice/order.txt lists them."""
    lines = (FOLDER / "order.txt").read_text("utf-8").split()
    return [Exercise(name) for name in lines]


def find(name: str) -> Exercise:
    """Return the exercise of that name; raise SproutError if there is none."""
    exercises = all_exercises()
    for exercise in exercises:
        if exercise.name == name.strip("/"):
            return exercise
    same_day = [each.name for each in exercises if each.day == name.partition("/")[0]]
    names = ", ".join(same_day or [each.name for each in exercises])
    raise SproutError(f"There is no exercise {name}. There are {names}.")


def is_unchanged(exercise: Exercise, text: str) -> bool:
    """Return whether a text is the exercise's own, except for comments and layout."""
    try:
        return ast.dump(ast.parse(text)) == ast.dump(ast.parse(exercise.unsolved))
    except SyntaxError:
        return False
