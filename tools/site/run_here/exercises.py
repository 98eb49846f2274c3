"""The exercises that a page can check, as JSON for docs/assets/run/practice.mjs."""

import html
import json
import re
from typing import Any

from sprout.practice.exercises import OWN, Exercise, all_exercises

ANSWER = "exercise.py"


def offered() -> list[Exercise]:
    """Return the exercises that a page can check, which do not need Django."""
    return [exercise for exercise in all_exercises() if exercise.day != "django"]


def files(exercise: Exercise) -> dict[str, str]:
    """Return the reader's files by name, beginning with exercise.py."""
    given = [
        path.relative_to(exercise.folder)
        for path in sorted(exercise.folder.rglob("*"))
        if path.is_file()
    ]
    names = [path.as_posix() for path in given if not (OWN - {ANSWER}) & {*path.parts}]
    names.sort(key=lambda name: name != ANSWER)
    return {name: (exercise.folder / name).read_text("utf-8") for name in names}


def marked_up(text: str) -> str:
    """Return a hint as HTML, with its code and its links to pages of the site."""
    text = html.escape(text, quote=False)
    text = re.sub(r"docs/(\S+)\.md#([\w-]+)", r'<a href="../\1/#\2">\1</a>', text)
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", text)


def described(exercise: Exercise) -> dict[str, Any]:
    """Return the text, the files and the check of an exercise, for JSON."""
    paragraphs = exercise.task.partition("\n")[2].strip().split("\n\n")
    return {
        "name": exercise.name,
        "title": exercise.title,
        "task": [" ".join(paragraph.split()) for paragraph in paragraphs],
        "minutes": exercise.minutes,
        "diagnosis": exercise.is_diagnosis,
        "files": files(exercise),
        "check": (exercise.folder / "check.py").read_text("utf-8"),
        "hints": [marked_up(hint) for hint in exercise.hints],
        "solution": exercise.solution,
    }


def exercises() -> str:
    """Return the exercises that a page can check, as JSON."""
    return json.dumps([described(exercise) for exercise in offered()])
