"""A bank that ignores a charge with a known key, and a printer that fails once."""

import sqlite3
from pathlib import Path


def _open() -> sqlite3.Connection:
    bank = sqlite3.connect("bank.db")
    bank.execute("CREATE TABLE IF NOT EXISTS charge (key TEXT UNIQUE, cents INT)")
    return bank


def charge(cents: int, key: str) -> None:
    bank = _open()
    with bank:
        bank.execute("INSERT OR IGNORE INTO charge VALUES (?, ?)", (key, cents))
    bank.close()


def charges() -> list[int]:
    bank = _open()
    found = [row[0] for row in bank.execute("SELECT cents FROM charge")]
    bank.close()
    return found


def print_receipt(order: int) -> str:
    tried = Path(f"printer-{order}")
    if not tried.exists():
        tried.touch()
        raise ConnectionError("no answer from the printer")
    return f"receipt {order}"
