from celery import group

from shop import invoice_all, mail_report, render_invoice, try_invoice, warn_staff

ORDERS = [1, 2, 3]

invoices = group(render_invoice.s(order) for order in ORDERS)
result = invoices.delay()
print("all results:", result.get(timeout=30, propagate=False))
print("states:", [member.state for member in result])
try:
    result.get(timeout=30)
except ValueError as error:
    print("get raises ValueError:", error)

report = (invoices | mail_report.s()).on_error(warn_staff.s()).delay()
error = report.get(timeout=30, propagate=False)
print("report:", report.state, type(error).__name__, error)
print("its group:", report.parent.get(timeout=30, propagate=False))

careful = group(try_invoice.s(order) for order in ORDERS) | mail_report.s()
print("careful:", careful.delay().get(timeout=30))

for day in ("monday", "tuesday", "sunday"):
    whole_day = invoice_all.s(day) | mail_report.s()
    print(f"{day}:", whole_day.delay().get(timeout=30))
