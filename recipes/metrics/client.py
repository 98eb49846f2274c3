from shop import render_invoice

for order in (11, 12, 13):
    render_invoice.delay(order)
