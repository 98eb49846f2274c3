"""Count three warehouses, then two warehouses with the same stock."""

from sprout.practice.run import Run


def check(run: Run) -> None:
    run.task("count")
    run.task("add_up")
    stock_of = run.function("stock_of")
    run.worker()

    def total(warehouses: list[str]) -> object:
        before = {span.id for span in run.spans}
        run.call(stock_of, warehouses)
        run.settle()
        spans = [span for span in run.spans if span.id not in before]
        counts = [span for span in spans if span.label == "count"]
        run.require(
            len(counts) == len(warehouses),
            "Not every warehouse is counted in its own task.",
            f"count {len(warehouses)} times",
            f"count {len(counts)} times",
        )
        run.succeeded(*spans)
        for span in counts:
            result = run.result(span.id).result
            run.require(
                isinstance(result, dict),
                "count does not return a dict.",
                "a dict",
                f"{result!r}",
            )
        last = [span for span in spans if span.label == "add_up"]
        run.require(last, "add_up was not sent.", "add_up once", "no add_up")
        return run.result(last[0].id).result

    lost = "The sum is wrong, because a value was lost or counted twice."
    run.equal(total(["north", "south", "harbour"]), 342, lost)
    once = "Two warehouses with the same stock are counted only once."
    run.equal(total(["north", "depot"]), 80, once)
