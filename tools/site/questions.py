"""Questions on a page, with answers from recorded runs.

    {{ predict day0 run
    What does the first line say?
    - sent: SUCCESS ready: True
    = sent: (.*)
    - sent: FAILURE ready: True
    }}

A `predict` question precedes an output, which stays folded until the reader has chosen.
The line with `=` is a regular expression. The right choice is the first match in the
recorded part, or the group of this match if the expression has a group. With `=#`, the
right choice is the number of matching lines.

    {{ why day4 one-list
    Why did `add` fail as the last task of the diamond?
    - The group's results arrived in the wrong order.
    + `add` received one list instead of two numbers.
    : A chord calls its last task once, with the list of all results.
    }}

In a `why` question, `+` marks the right choice. A line with `: ` explains the choice,
above the recorded run.

The page works without JavaScript. assets/questions.js opens the fold and stores the
choice in the browser.
"""

import html
import re
from dataclasses import dataclass

from sprout import SproutError
from tools.site.transcripts.format import Part

BEGIN = re.compile(r"^\{\{ (predict|why) (\S+) (\S+)$")
END = "}}"


class QuestionError(SproutError):
    """The choices of a question are invalid, or differ from the recording."""


@dataclass(frozen=True)
class Question:
    """A question and its choices. `right` is the index of the right choice."""

    kind: str
    text: str
    choices: tuple[str, ...]
    right: int
    explanation: str = ""


def parse(kind: str, lines: list[str], part: Part) -> Question:
    """Return the question about a recorded part, from these lines of a page.

    Raises QuestionError unless exactly one choice is right.
    """
    text, explanation = [], []
    choices: list[str] = []
    right: list[int] = []
    for line in lines:
        mark, _, words = line.partition(" ")
        if mark in ("+", "=", "=#"):
            right.append(len(choices))
        if mark in ("=", "=#"):
            words = f"`{recorded(words, part, number=mark == '=#')}`"
        elif mark == "-" and kind == "predict":
            words = f"`{words}`"
        if mark in ("-", "+", "=", "=#"):
            choices.append(words)
        elif mark == ":":
            explanation.append(words)
        else:
            text.append(line)
    question = " ".join(text)
    if len(right) != 1 or len(choices) < 2:
        raise QuestionError(
            f"{question!r} needs at least two choices, exactly one of them right."
        )
    if len(set(choices)) != len(choices):
        raise QuestionError(f"{question!r} has the same choice twice.")
    return Question(kind, question, tuple(choices), right[0], " ".join(explanation))


def recorded(pattern: str, part: Part, *, number: bool) -> str:
    """Return the match of a regular expression, or the number of matching lines.

    Raises QuestionError if no line matches.
    """
    found = [match for line in part.lines if (match := re.search(pattern, line))]
    if not found:
        raise QuestionError(f"{part.name} has no line that matches {pattern!r}.")
    return str(len(found)) if number else found[0][found[0].re.groups]


def markup(question: Question, name: str, answer: str) -> str:
    """Return a question as Markdown, with the recorded answer folded below.

    `name` is unique on the page. `answer` is the recorded answer in Markdown.
    """
    label = "Predict" if question.kind == "predict" else "Why"
    summary = "See what happened" if question.kind == "predict" else "See the answer"
    choices = [
        f'- <label><input type="radio" name="{html.escape(name)}" value="{number}"> '
        f"{choice}</label>"
        for number, choice in enumerate(question.choices)
    ]
    return "\n".join(
        [
            f'<div class="question {question.kind}" data-right="{question.right}" '
            'markdown="1">',
            "",
            f"**{label}.** {question.text}",
            "",
            *choices,
            "",
            f'<details markdown="1"><summary>{summary}</summary>',
            "",
            question.explanation,
            "",
            answer,
            "",
            "</details>",
            "",
            "</div>",
        ]
    )
