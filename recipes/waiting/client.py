from celery.exceptions import TimeoutError

from shop import mail_invoice, render_and_mail, render_invoice

try:
    print("waiting in a task:", render_and_mail.delay(7).get(timeout=10))
except TimeoutError as error:
    print("waiting in a task:", error)
workflow = render_invoice.s(7) | mail_invoice.s()
print("in a chain:", workflow.delay().get(timeout=10))
