"""A bank that ignores a charge with a known key, and a printer.

The bank's first response to each task is lost after the charge, and the printer fails
once for each order.
"""

from contextlib import suppress
from pathlib import Path

from celery import current_task


def charge(cents: int, key: str) -> None:
    with (
        suppress(FileExistsError),
        Path(f"charge-{key.encode().hex()}").open("x") as charge,
    ):
        charge.write(f"{cents}")
    _fail_once(f"bank-{current_task.request.id}", "no answer from the bank")


def charges() -> list[int]:
    return [int(path.read_text()) for path in Path().glob("charge-*")]


def print_receipt(order: int) -> str:
    _fail_once(f"printer-{order}", "no answer from the printer")
    return f"receipt {order}"


def _fail_once(name: str, message: str) -> None:
    tried = Path(name)
    if not tried.exists():
        tried.touch()
        raise ConnectionError(message)
