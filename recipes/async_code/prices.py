from celery import group

from shop import Times, fetch_price, fetch_prices

PRODUCTS = ["tea", "coffee", "cake", "milk"]


def max_concurrent(requests: list[Times]) -> int:
    return max(
        sum(begin <= moment < end for begin, end in requests) for moment, _ in requests
    )


four_tasks = group(fetch_price.s(product) for product in PRODUCTS).delay()
print("four tasks, requests at once:", max_concurrent(four_tasks.get(timeout=20)))
one_task = fetch_prices.delay(PRODUCTS)
print("one task, requests at once:", max_concurrent(one_task.get(timeout=20)))
