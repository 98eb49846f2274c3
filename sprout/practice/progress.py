"""Store the reader's progress: solved exercises, shown hints and known days.

Git ignores the file var/practice/progress.json, and no command deletes it.
"""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from sprout import SproutError
from sprout.practice import exercises
from sprout.practice.exercises import Exercise


class Progress:
    """The reader's progress, which is saved after each change.

    Raises SproutError if the file is damaged.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or exercises.WORK / "progress.json"
        self._data: dict[str, dict[str, Any]] = {}
        if self.path.exists():
            try:
                self._data = json.loads(self.path.read_text("utf-8"))
                if not all(isinstance(each, dict) for each in self._data.values()):
                    raise ValueError
            except (ValueError, AttributeError):
                raise SproutError(
                    f"{self.path} is damaged. Repair it, or delete it to start again."
                ) from None

    def _get(self, exercise: Exercise, key: str) -> Any:
        return self._data.get(exercise.name, {}).get(key, 0)

    @exercises.writing()
    def _set(self, exercise: Exercise, key: str, value: Any) -> None:
        self._data.setdefault(exercise.name, {})[key] = value
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Replace the file in one step, so that an interrupted write keeps the old file.
        descriptor, name = tempfile.mkstemp(dir=self.path.parent, prefix="progress.")
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(self._data, file, indent=1, sort_keys=True)
        Path(name).replace(self.path)

    def is_solved(self, exercise: Exercise) -> bool:
        """Return True if the exercise is solved."""
        return bool(self._get(exercise, "solved"))

    def solve(self, exercise: Exercise) -> None:
        """Mark the exercise as solved."""
        self._set(exercise, "solved", True)

    def hints(self, exercise: Exercise) -> int:
        """Return the number of hints shown so far."""
        return min(int(self._get(exercise, "hints")), len(exercise.hints))

    def next_hint(self, exercise: Exercise) -> int:
        """Return the number of the next hint, from 1, and mark the hint as shown."""
        number = min(self.hints(exercise) + 1, len(exercise.hints))
        self._set(exercise, "hints", number)
        return number

    def ask_for_solution(self, exercise: Exercise) -> bool:
        """Count a request for the solution. Return True if the request is granted.

        The first request is refused while the exercise is unsolved.
        """
        asked = int(self._get(exercise, "asked")) + 1
        self._set(exercise, "asked", asked)
        return self.is_solved(exercise) or asked >= 2

    def is_known(self, day: str) -> bool:
        """Return True if the reader can skip a day, according to the self-test."""
        return bool(self._get(Exercise(day), "known"))

    def know(self, day: str, known: bool) -> None:
        """Store the result of the self-test for a day."""
        self._set(Exercise(day), "known", known)

    def forget_last(self) -> None:
        """Delete the name of the last opened exercise."""
        self._set(Exercise("last"), "name", "")

    def last(self) -> str:
        """Return the name of the last opened exercise, or "" if there is none."""
        return str(self._data.get("last", {}).get("name", ""))

    def open(self, exercise: Exercise) -> None:
        """Store the name of the last opened exercise."""
        self._set(Exercise("last"), "name", exercise.name)
