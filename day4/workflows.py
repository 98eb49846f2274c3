from celery import Signature, chain, group

from taskrunner.tasks.addition.sums import add, sub
from taskrunner.tasks.addition.totals import total
from taskrunner.tasks.multiplication.products import mul
from taskrunner.tasks.multiplication.quotients import div


def serial() -> Signature:
    """4 / 2 * 3 + 6 - 2: .s() puts the result before its own arguments."""
    return chain(div.s(4, 2), mul.s(3), add.s(6), sub.s(2))


def independent() -> Signature:
    """One task after another, but .si() ignores the previous result."""
    return chain(add.si(4, 2), mul.si(3, 5))


def parallel() -> Signature:
    """Four tasks in parallel, if the worker has four processes."""
    return group(add.s(4, 2), sub.s(4, 2), mul.s(4, 2), div.s(4, 2))


def diamond() -> Signature:
    """One task, two in parallel, and one that gets the list of their results."""
    return chain(add.s(4, 2), group(mul.s(3), div.s(3)), total.s())
