"""Run a check in this process: load the reader's code, and call the check."""

import importlib.util
import linecache
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from sprout.practice.run import PATIENCE, Events, Messages, Run, Wrong


def run_check(
    check: Path,
    text: str,
    path: str,
    messages: Messages,
    recorder: Events,
    ask: Callable[..., Any],
    set_up: Callable[[], None] = lambda: None,
    patience: float = PATIENCE,
) -> dict[str, Any]:
    """Run a check on source code, and return the outcome for `verdict.conclude`.

    Arguments:
        check: the check.py of the exercise.
        text: the reader's source code.
        path: the path that tracebacks show for the code.
        messages: the messages of the broker.
        recorder: the events of the workers.
        ask: a function that sends a request to the runner and returns the answer.
        set_up: a function to call before the check is imported.
        patience: the number of seconds that the check waits for a condition.
    """
    seen: dict[str, Any] = {}
    try:
        set_up()
        code = _import_check(check)
        ask("waiting", "exercise.py to be imported")
        module = _load_answer(text, path)
        code.check(Run(module, messages, recorder, ask, patience))
    except Wrong as wrong:
        seen = vars(wrong)
    except BaseException:
        seen = {"crash": traceback.format_exc()}
    return seen


def load(text: str, path: str) -> ModuleType:
    """Import the code as the module `exercise`, with the path as its file."""
    module = ModuleType("exercise")
    module.__file__ = path
    linecache.cache[path] = (len(text), None, text.splitlines(keepends=True), path)
    sys.modules["exercise"] = module
    exec(compile(text, path, "exec"), module.__dict__)  # noqa: S102 - the reader's code
    return module


def _load_answer(text: str, path: str) -> ModuleType:
    """Import the reader's code. Raise Wrong if the import fails."""
    try:
        return load(text, path)
    except SyntaxError as error:
        raise Wrong(
            "exercise.py is not valid Python.",
            seen=f"line {error.lineno}: {error.msg}",
        ) from error
    except BaseException as error:
        raise Wrong(
            f"Importing exercise.py raised {type(error).__name__}.",
            "exercise.py can be imported",
            f"{error}",
        ) from error


def _import_check(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("check", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["check"] = module
    spec.loader.exec_module(module)
    return module
