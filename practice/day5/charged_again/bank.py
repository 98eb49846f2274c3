"""A bank that ignores a charge with a known key, and a printer.

The bank's first response to each task is lost after the charge, and the printer fails
once for each order.
"""

import sqlite3
from pathlib import Path

from celery import current_task


def _open() -> sqlite3.Connection:
    bank = sqlite3.connect("bank.db")
    bank.execute("CREATE TABLE IF NOT EXISTS charge (key TEXT UNIQUE, cents INT)")
    return bank


def charge(cents: int, key: str) -> None:
    bank = _open()
    with bank:
        bank.execute("INSERT OR IGNORE INTO charge VALUES (?, ?)", (key, cents))
    bank.close()
    _fail_once(f"bank-{current_task.request.id}", "no answer from the bank")


def charges() -> list[int]:
    bank = _open()
    found = [row[0] for row in bank.execute("SELECT cents FROM charge")]
    bank.close()
    return found


def print_receipt(order: int) -> str:
    _fail_once(f"printer-{order}", "no answer from the printer")
    return f"receipt {order}"


def _fail_once(name: str, message: str) -> None:
    tried = Path(name)
    if not tried.exists():
        tried.touch()
        raise ConnectionError(message)
