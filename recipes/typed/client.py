from pydantic import ValidationError

from shop import Invoice, Order, app, render_invoice

order = Order(number=1, cents=250)
render_invoice.apply_async([order], queue="unread")  # a queue without a worker
with app.connection_for_read() as connection:
    message = connection.SimpleQueue("unread").get(timeout=5)
    message.ack()
print("arguments in the message:", message.payload[0])

result = render_invoice.delay(order).get(timeout=30)
print("result:", result)
print("as a model:", repr(Invoice.model_validate(result)))
text = {"number": "1", "cents": "250"}
print("numbers as text:", render_invoice.delay(text).get(timeout=30))

try:
    Order(number=2, cents=-5)
except ValidationError as error:
    print("refused here:", error.errors()[0]["msg"])
refused = render_invoice.delay({"number": 2, "cents": -5})
print("refused in the worker:", refused.get(timeout=30, propagate=False))
print("its state:", refused.state)
print("the reason:", refused.traceback.splitlines()[-2].strip())
copies = render_invoice.delay(order, copies="many")
print("not checked:", copies.get(timeout=30))
