"""Sentences are short, and words and names are standard terms.

words.txt and names.txt list expressions to avoid:
`regular expression->what to write instead`.
"""

import ast
import functools
import re
from pathlib import Path

import pytest

from sprout.days import ROOT
from tests.support.prose import Text, count, files, read, sentences

# The maximum number of words in a sentence, by kind of text. The default is 35.
LONGEST = {"message": 25}


def rules(name: str) -> list[tuple[re.Pattern[str], str]]:
    """Read a list of expressions to avoid. Return each expression with its advice."""
    lines = (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()
    pairs = (line.split("->", 1) for line in lines)
    return [
        (re.compile(rf"\b(?:{avoid})(?!\w)", re.IGNORECASE), advice)
        for avoid, advice in pairs
    ]


@functools.cache
def texts() -> list[Text]:
    return [text for name in files() for text in read(name)]


@pytest.mark.command
def test_no_sentence_is_too_long():
    found = [
        f"{text.path}:{text.line}: {count(sentence)} words: {sentence}"
        for text in texts()
        for sentence in sentences(text.words)
        if count(sentence) > LONGEST.get(text.kind, 35)
    ]
    assert found == []


@pytest.mark.command
def test_no_text_has_a_word_to_avoid():
    found = [
        f"{text.path}:{text.line}: {match.group()} -> {advice}: {text.words}"
        for avoid, advice in rules("words.txt")
        for text in texts()
        if (match := avoid.search(text.words))
    ]
    assert found == []


@pytest.mark.command
def test_no_name_in_code_is_a_name_to_avoid():
    found, avoided = [], rules("names.txt")
    for name in files():
        if not name.endswith(".py"):
            continue
        defined = {Path(name).stem}
        for node in ast.walk(ast.parse((ROOT / name).read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                defined.add(node.name)
            elif isinstance(node, ast.arg):
                defined.add(node.arg)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                defined.add(node.id)
        for avoid, advice in avoided:
            found += [f"{name}: {d} -> {advice}" for d in defined if avoid.fullmatch(d)]
    assert found == []


@pytest.mark.command
def test_sentences_are_found_in_every_kind_of_file():
    assert sentences("Run `celery -A x`. It works, e.g. here.") == [
        "Run `celery -A x`.",
        "It works, e.g. here.",
    ]
    assert {text.kind for text in texts()} == {
        "page",
        "docstring",
        "comment",
        "message",
        "string",
        "template",
    }
