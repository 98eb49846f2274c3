from shop import unit_price

good, bad = unit_price.delay(6, 3), unit_price.delay(6, 0)
for result in (good, bad):
    result.get(timeout=10, propagate=False)  # wait without raising errors
    print(f"{result.ready()=} {result.successful()=} {result.result=}")
try:
    bad.get()
except ZeroDivisionError as error:
    print(f"get() raised the task's exception: {error}")
print("a direct call:", unit_price(6, 3))
