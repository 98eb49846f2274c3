from celery import chain, group

from taskrunner.tasks.bar.task2 import mul
from taskrunner.tasks.bar.task3 import div
from taskrunner.tasks.bar.task4 import total
from taskrunner.tasks.foo.task1 import add, sub


def serial():
    """4 / 2 * 3 + 6 - 2: .s() puts the result before its own arguments."""
    return chain(div.s(4, 2), mul.s(3), add.s(6), sub.s(2))


def independent():
    """One after the other, but .si() takes nothing from the one before."""
    return chain(add.si(4, 2), mul.si(3, 5))


def parallel():
    """All four at once, as far as the worker has processes."""
    return group(add.s(4, 2), sub.s(4, 2), mul.s(4, 2), div.s(4, 2))


def diamond():
    """One task, two beside each other, and one that gets their list."""
    return chain(add.s(4, 2), group(mul.s(3), div.s(3)), total.s())
