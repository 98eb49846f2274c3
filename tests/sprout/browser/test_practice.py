"""The page's verdicts on exercises, derived from the results of a check."""

import json

import pytest

from sprout.browser.practice import judge
from sprout.spans import Span, Try

UNSOLVED = "def welcome():\n    return ''  # your code here\n"
SOLVED = "def welcome():\n    return 'id'\n"
STARTED = Span("1", "exercise.send_mail", "", "", [Try(0.0, 1.0, None, "STARTED")])
WRONG = {
    "message": "No task was sent.",
    "expected": "one",
    "seen": "",
    "waited_for": "",
}


def verdict(answer, diagnosis=False, spans=(), **after):
    """Return the verdict on an answer. `after` is empty before the check."""
    given = {"answer": answer, "unsolved": UNSOLVED, "diagnosis": diagnosis}
    after = {"printed": "", "log": ""} | after if after else {}
    return json.loads(judge(json.dumps(given | after), list(spans)))


def test_only_an_answer_needs_a_check():
    assert verdict(SOLVED) is None
    assert verdict(UNSOLVED + "# a note\n") == {"kind": "not attempted"}
    assert verdict(UNSOLVED, diagnosis=True) is None
    empty = verdict(" \n")
    assert empty["kind"] == "wrong"
    assert empty["message"] == "exercise.py is empty. Press Reset to restore it."


@pytest.mark.parametrize(
    ("after", "kind", "message"),
    [
        ({"seen": {}}, "right", ""),
        ({"seen": WRONG}, "wrong", "No task was sent."),
        (
            {"seen": WRONG | {"waited_for": "every task to end"}, "spans": [STARTED]},
            "wrong",
            "send_mail has not ended: the task loops endlessly, or its process died.",
        ),
        ({"seen": {"crash": "Traceback\nKeyError: 1"}}, "set-up broken", "KeyError: 1"),
        ({"log": ""}, "wrong", "exercise.py ended the client's process."),
        (
            {"late": [180, "welcome() to return"]},
            "wrong",
            "After 180 s, Sprout stopped waiting for welcome() to return. "
            "Is there an endless loop?",
        ),
    ],
    ids=["right", "wrong", "open task", "crash", "exited", "late"],
)
def test_the_verdict_after_a_check(after, kind, message):
    seen = verdict(SOLVED, **after)
    assert (seen["kind"], seen["message"]) == (kind, message)


def test_a_broken_program_that_is_unchanged_shows_its_outcome():
    seen = verdict(UNSOLVED, diagnosis=True, seen=WRONG)
    assert (seen["kind"], seen["message"]) == ("not attempted", "No task was sent.")
