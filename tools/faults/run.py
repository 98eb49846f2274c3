"""One fault, from the load before it to the figures after it."""

import time
from datetime import UTC, datetime

from tools.faults.count import Row, clear, count
from tools.faults.fault import Fault
from tools.faults.load import Client, Load
from tools.faults.stack import Stack


def run(stack: Stack, fault: Fault, seconds: float, patience: float) -> Row:
    """Break one thing under load and return what came of it.

    Arguments:
        stack: the application, running.
        fault: what to break.
        seconds: how long there is load, before the fault and after it, each.
        patience: how many seconds all that was accepted may take to be over.
    """
    stack.wait_until_ready()
    clear(stack)
    row = Row(fault.name, stack.kind)
    begin = datetime.now(UTC)
    with Load(Client(stack.site), rate=2) as load:
        time.sleep(seconds)
        load.wait_for_a_run(begin)
        try:
            row.saw = fault.inject(stack) or ""
        except Exception as error:  # a broken promise as well; the others go on
            row.broke = True
            row.saw = f"{type(error).__name__}: {error}"[:200]
        at = datetime.now(UTC)
        time.sleep(seconds)
        load.wait_for_a_run(at)
    return count(row, stack, load.asked, at, patience)


def broken(row: Row, fault: Fault) -> list[str]:
    """Return the promises that a row breaks, in words."""
    wrong = [
        f"{name}: {getattr(row, name)}"
        for name in ("lost", "stuck", "dropped", "twice")
        if getattr(row, name)
    ]
    if row.refused and not fault.refused:
        wrong.append(f"503: {row.refused}")
    if row.unanswered and not fault.unanswered:
        wrong.append(f"unanswered: {row.unanswered}")
    if row.broke:
        wrong.append(row.saw)
    if row.failed > fault.failures:
        wrong.append(f"failed: {row.failed}")
    if fault.again is not None and row.again > fault.again:
        wrong.append(f"begun again: {row.again}")
    if fault.resent is not None and row.resent > fault.resent:
        wrong.append(f"begun again, and sent again for that: {row.resent}")
    if row.serves is None:
        wrong.append("no run that was asked for later succeeded")
    if row.settled is None or row.settled > fault.within:
        wrong.append(f"what was asked before was over after {row.settled} s")
    return wrong
