"""Two warehouses with the same stock are counted only once."""

from celery import Celery, group

app = Celery(
    "stock", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)

STOCK = {"north": 40, "south": 2, "harbour": 300, "depot": 40}


@app.task
def count(warehouse: str) -> dict[str, int]:
    return {str(STOCK[warehouse]): STOCK[warehouse]}


@app.task
def add_up(results: list[dict[str, int]]) -> int:
    named = {}
    for result in results:
        named.update(result)
    return sum(named.values())


def stock_of(warehouses: list[str]) -> str:
    counts = group(count.s(warehouse) for warehouse in warehouses)
    return (counts | add_up.s()).apply_async().id
