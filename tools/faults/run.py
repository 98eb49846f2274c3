"""Run one fault under load, and return its figures."""

import time
from datetime import UTC, datetime

from tools.faults.count import Row, clear, count
from tools.faults.fault import Fault
from tools.faults.load import Client, Load
from tools.faults.stack import Stack


def run(stack: Stack, fault: Fault, seconds: float, patience: float) -> Row:
    """Inject a fault under load, and return the figures.

    Arguments:
        stack: the running application.
        fault: the fault to inject.
        seconds: the duration of the load before the fault and of the load after it.
        patience: the time limit for accepted requests to end, in seconds.
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
        # An error also breaks the promise, but does not stop the other faults.
        except Exception as error:
            row.broke = True
            row.saw = f"{type(error).__name__}: {error}"[:200]
        at = datetime.now(UTC)
        time.sleep(seconds)
        load.wait_for_a_run(at)
    return count(row, stack, load.asked, at, patience)


def broken(row: Row, fault: Fault) -> list[str]:
    """Return a description of each figure that breaks the promise of a fault."""
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
        wrong.append(f"started again: {row.again}")
    if fault.resent is not None and row.resent > fault.resent:
        wrong.append(f"started again after a resend: {row.resent}")
    if row.serves is None:
        wrong.append("no later run succeeded")
    if row.settled is None or row.settled > fault.within:
        wrong.append(f"earlier runs ended after {row.settled} s")
    return wrong
