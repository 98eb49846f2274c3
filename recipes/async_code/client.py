from shop import add_in_new_loop, add_in_process_loop, fetch_price_async

result = fetch_price_async.delay("tea")
print(repr(result.get(timeout=20, propagate=False)))
fetch_price_async.apply_async(("tea",), ignore_result=True)
for task in (add_in_new_loop, add_in_process_loop):
    print(task.name)
    for _ in range(3):
        print(" ", repr(task.delay("tea").get(timeout=20, propagate=False)))
