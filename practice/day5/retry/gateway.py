"""A gateway for text messages, which records its calls for each number in a file."""

from pathlib import Path


def calls(number: str) -> int:
    path = Path(f"calls-{number}")
    return len(path.read_bytes()) if path.exists() else 0


def send(number: str) -> str:
    """Send a message. The gateway fails for some numbers."""
    with Path(f"calls-{number}").open("ab") as count:
        count.write(b".")
    if not number.isdigit():
        raise ValueError(f"{number} is not a number")
    if number.endswith("0") or (number.endswith("3") and calls(number) < 3):
        raise ConnectionError("no answer")
    return f"sent to {number}"
