from celery.exceptions import TimeoutError

from shop import mail_invoice, render_and_mail, render_invoice

try:
    print("waiting inside:", render_and_mail.delay(7).get(timeout=10))
except TimeoutError as error:
    print("waiting inside:", error)
workflow = render_invoice.s(7) | mail_invoice.s()
print("one, then the other:", workflow.delay().get(timeout=10))
