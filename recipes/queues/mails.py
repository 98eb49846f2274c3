from shop import send_mail

for number in (1, 2):
    send_mail.apply_async((f"newsletter {number}",), priority=9)
    send_mail.apply_async((f"receipt {number}",), priority=0)
