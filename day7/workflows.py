from celery import chain, group

from taskrunner.tasks.bar.task2 import mul
from taskrunner.tasks.bar.task3 import div
from taskrunner.tasks.bar.task4 import total
from taskrunner.tasks.foo.task1 import add, sub
from taskrunner.tasks.foo.task5 import unsteady_add

TASKS = {"add": add, "sub": sub, "mul": mul, "div": div, "unsteady_add": unsteady_add}


def check(steps, job_data):
    """Raise ValueError, naming the task, if job_data is not what the steps need.

    The first step needs two numbers; each later one needs one, since it starts
    from the result of the step before it.
    """
    if not steps:
        raise ValueError(f"a workflow needs a step: one of {', '.join(TASKS)}")
    for position, step in enumerate(steps):
        if step not in TASKS:
            raise ValueError(f"no task is called {step!r}: try {', '.join(TASKS)}")
        count = 1 if position else 2
        numbers = job_data.get(step) if isinstance(job_data, dict) else None
        if not (
            isinstance(numbers, list)
            and len(numbers) == count
            and all(type(number) in (int, float) for number in numbers)
        ):
            needed = "a list of two numbers" if count == 2 else "a list of one number"
            raise ValueError(f"{step} needs {needed} in job_data, not {numbers!r}")


def with_parameter(steps, job_data):
    """The steps as a chain, each given job_data as an argument."""
    check(steps, job_data)
    return chain(TASKS[step].s(job_data=job_data) for step in steps)


def with_stamp(steps, job_data):
    """The same without the parameter: a stamp travels in every task's headers."""
    check(steps, job_data)
    workflow = chain(TASKS[step].s() for step in steps)
    workflow.stamp(job_data=job_data)
    return workflow


def diamond(job_data):
    """add, then mul and div beside each other, then the total of their results."""
    check(["add", "mul", "div"], job_data)
    workflow = chain(add.s(), group(mul.s(), div.s()), total.s())
    workflow.stamp(job_data=job_data)
    return workflow
