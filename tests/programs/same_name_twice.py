"""Run a workflow of day 7 with two results of the same name."""

from celery import chain, group

from taskrunner.tasks import named

data = {"div": [4, 2], "mul": [3], "add": [6]}
twice = group(named.mul.s(job_data=data), named.mul.s(job_data={"mul": [5]}))
workflow = chain(named.div.s(job_data=data), twice, named.add.s(job_data=data))
print(repr(workflow.apply_async().get(timeout=30, propagate=False)))
