import sys

from celery import chain

from shop import charge, render_invoice, request_id

request = sys.argv[1]
request_id.set(request)  # in a web application, the id comes from the request
workflow = chain(charge.s(8), render_invoice.s())
workflow.stamp(by_stamp=request)
print(workflow.apply_async(headers={"by_header": request}).get(timeout=30))
