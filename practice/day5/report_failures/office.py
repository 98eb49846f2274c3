"""An office that stores its notes in a file, one JSON object per line."""

import json
from pathlib import Path

BOOK = Path("book.jsonl")


def note(**fact: object) -> None:
    with BOOK.open("a", encoding="utf-8") as book:
        book.write(json.dumps(fact) + "\n")


def notes() -> list[dict[str, object]]:
    if not BOOK.exists():
        return []
    return [json.loads(line) for line in BOOK.read_text("utf-8").splitlines()]
