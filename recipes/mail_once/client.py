from shop import mail_carelessly, mail_receipt, transaction

for task in (mail_carelessly, mail_receipt):
    print(task.name)
    print("  order 1:", task.delay(1).get(timeout=30))
    print("  order 1 again:", task.delay(1).get(timeout=30))
    print("  order 2, the worker dies:", task.delay(2, die=True).get(timeout=30))
with transaction() as db:
    for order, state in db.execute("SELECT id, state FROM mails"):
        print(f"order {order} is {state}")
