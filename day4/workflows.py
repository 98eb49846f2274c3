from celery import Signature, chain, group

from taskrunner.tasks.addition.sums import add, sub
from taskrunner.tasks.addition.totals import total
from taskrunner.tasks.multiplication.products import mul
from taskrunner.tasks.multiplication.quotients import div


def serial() -> Signature:
    """4 / 2 * 3 + 6 - 2: .s() passes the previous result as the first argument."""
    return chain(div.s(4, 2), mul.s(3), add.s(6), sub.s(2))


def independent() -> Signature:
    """Two tasks in sequence, where .si() ignores the previous result."""
    return chain(add.si(4, 2), mul.si(3, 5))


def parallel() -> Signature:
    """Four tasks in parallel, if the worker has four processes."""
    return group(add.s(4, 2), sub.s(4, 2), mul.s(4, 2), div.s(4, 2))


def diamond() -> Signature:
    """A task, two parallel tasks, and a task that receives both results as a list."""
    return chain(add.s(4, 2), group(mul.s(3), div.s(3)), total.s())
