import sys

from celery import chain
from opentelemetry import trace
from traced import trace_tasks

from shop import charge, render_invoice

trace_tasks()
with trace.get_tracer("shop").start_as_current_span("POST /orders"):
    workflow = chain(charge.s(int(sys.argv[1])), render_invoice.s()).delay()
print(workflow.get(timeout=30))
