from celery import Signature, chain, group

from taskrunner.tasks import named
from taskrunner.tasks.addition.sums import add, sub
from taskrunner.tasks.addition.totals import total
from taskrunner.tasks.addition.unsteady import unsteady_add
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


def broken() -> Signature:
    """The second task fails, so the third and the fourth task never run."""
    return chain(add.s(4, 2), div.s(0), mul.s(3), sub.s(2))


TASKS = {"add": add, "sub": sub, "mul": mul, "div": div, "unsteady_add": unsteady_add}


def from_data(steps: list[str], job_data: dict) -> Signature:
    """Arbitrary steps in sequence, each with its numbers from job_data."""
    check(steps, job_data)
    return chain(TASKS[step].s(*job_data[step]) for step in steps)


def check(steps: list[str], job_data: dict) -> None:
    """Raise ValueError if job_data does not have the right numbers for each step.

    The first step needs two numbers. Each later step needs one number, because the
    previous result is its first argument.
    """
    if not steps:
        raise ValueError(f"a workflow needs at least one step: {', '.join(TASKS)}")
    for position, step in enumerate(steps):
        if step not in TASKS:
            raise ValueError(f"unknown task {step!r}, use one of {', '.join(TASKS)}")
        count = 1 if position else 2
        numbers = job_data.get(step) if isinstance(job_data, dict) else None
        if not (
            isinstance(numbers, list)
            and len(numbers) == count
            and all(type(number) in (int, float) for number in numbers)
        ):
            needed = "a list of two numbers" if count == 2 else "a list of one number"
            raise ValueError(f"{step} needs {needed} in job_data, not {numbers!r}")


def named_serial(job_data: dict) -> Signature:
    """Four steps, each of which receives job_data and the previous result by name."""
    check(["div", "mul", "add", "sub"], job_data)
    steps = (named.div, named.mul, named.add, named.sub)
    return chain(step.s(job_data=job_data) for step in steps)


def named_diamond(job_data: dict) -> Signature:
    """The last task receives two results by name instead of by their order."""
    check(["div", "mul"], job_data)
    return chain(
        named.div.s(job_data=job_data),
        group(named.square.s(), named.mul.s(job_data=job_data)),
        named.total.s(),
    )


def stamped(steps: list[str], job_data: dict, requested_by: str) -> Signature:
    """The steps of from_data, with the requester's name in a header of each message."""
    if not (isinstance(requested_by, str) and len(requested_by) <= 100):
        raise ValueError("requested_by must be a string of at most 100 characters")
    workflow = from_data(steps, job_data)
    workflow.stamp(requested_by=requested_by)
    return workflow
