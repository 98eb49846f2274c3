"""`make load`: a burst and a steady stream of runs against the application.

python -m tests.faults.throughput [--stack redis|rabbitmq] [--seconds 600] [--write]

The steps sleep for no time: what is measured is all that is around them. Everything is
on one machine, the clients as well.
"""

import argparse
import itertools
import json
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
from kombu import Connection

from tests.faults.load import RUNS, Client
from tests.faults.stack import Stack, until

DOCS = Path(__file__).parents[2] / "docs"
PROGRAMS = ["web", "worker", "slow", "beat", "camera", "flower"]


class Watch:
    """Look at the queue and at each program's memory, every second, for the block."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.begin = time.monotonic()
        self.queue: list[tuple[float, int]] = []
        self.memory: dict[str, list[float]] = {name: [] for name in PROGRAMS}
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def _look(self) -> None:
        programs = {name: self.stack.process(name) for name in PROGRAMS}
        with Connection(self.stack.env["CELERY_BROKER_URL"]) as connection:
            channel = connection.default_channel
            while not self._end.wait(1):
                self.queue.append((time.monotonic() - self.begin, waiting(channel)))
                for name, process in programs.items():
                    self.memory[name].append(megabytes(process))

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()


def waiting(channel: Any) -> int:
    """Return how many tasks wait; to Redis, an empty queue does not exist."""
    if hasattr(channel, "client"):
        return channel.client.llen("celery")
    return channel.queue_declare("celery", passive=True).message_count


def megabytes(process: psutil.Process) -> float:
    """Return what a program and its children hold, shared pages counted in each."""
    family = [process, *process.children(recursive=True)]
    total = 0
    for member in family:
        try:
            total += member.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total / 2**20


def milliseconds(seconds: list[float]) -> dict[str, float]:
    """Return the median and the 99th percentile."""
    cuts = statistics.quantiles(seconds, n=100)
    return {"p50": round(1000 * cuts[49], 1), "p99": round(1000 * cuts[98], 1)}


def burst(stack: Stack, count: int) -> dict:
    """Ask for runs as fast as eight clients can, and wait until all are over."""
    client = Client(stack.site)
    begin = time.monotonic()
    with ThreadPoolExecutor(8) as threads:
        asked = list(threads.map(lambda _: client.run(RUNS[1]), range(count)))
    posted = time.monotonic() - begin
    assert {one.code for one in asked} == {202}, "a run was refused"
    until(lambda: unfinished(stack) == 0, 600, "the burst is over")
    over = time.monotonic() - begin
    return {
        "runs": count,
        "POST, ms": milliseconds([one.seconds for one in asked]),
        "asked for, a second": round(count / posted, 1),
        "finished, a second": round(count / over, 1),
    }


def unfinished(stack: Stack) -> int:
    """Return how many runs are not over: their second and last step has no success."""
    (found,) = stack.rows(
        "SELECT (SELECT COUNT(*) FROM workflows_run) - COUNT(*) "
        "FROM workflows_step s JOIN django_celery_results_taskresult t "
        "ON t.task_id = s.task_id WHERE s.position = 1 AND t.status = 'SUCCESS'"
    )[0]
    return found


def steady(stack: Stack, rate: float, seconds: float) -> dict:
    """Ask for `rate` runs a second, and look at one after each."""
    client = Client(stack.site)
    posts, gets = [], []

    def one(_: int) -> None:
        asked = client.run(RUNS[1])
        assert asked.code == 202
        posts.append(asked.seconds)
        begin = time.monotonic()
        client.call(f"/api/runs/{asked.id}/")
        gets.append(time.monotonic() - begin)

    begin = time.monotonic()
    with ThreadPoolExecutor(8) as threads:
        for number in itertools.count():
            wait = begin + number / rate - time.monotonic()
            if number / rate >= seconds:
                break
            time.sleep(max(0, wait))
            threads.submit(one, number)
    until(lambda: unfinished(stack) == 0, 600, "the stream is over")
    return {
        "runs a second": round(rate, 1),
        "seconds": seconds,
        "runs": len(posts),
        "POST, ms": milliseconds(posts),
        "GET, ms": milliseconds(gets),
    }


def picture(watch: Watch, path: Path) -> None:
    """Draw how many tasks waited, second by second."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    grey = "#808080"  # legible on a light page and on a dark one
    figure, axes = pyplot.subplots(figsize=(8, 3), layout="constrained")
    figure.patch.set_alpha(0)
    axes.patch.set_alpha(0)
    axes.fill_between(*zip(*watch.queue, strict=True), color="#2e8b57", alpha=0.6)
    axes.set_xlabel("seconds", color=grey)
    axes.set_ylabel("tasks that wait", color=grey)
    axes.set_ylim(bottom=0)
    axes.tick_params(colors=grey)
    for side in axes.spines.values():
        side.set_color(grey)
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    """Measure and print; with --write, into docs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stack", choices=["redis", "rabbitmq"], default="redis")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--burst", type=int, default=500)
    parser.add_argument("--write", action="store_true", help="into docs/")
    asked = parser.parse_args()
    with Stack(asked.stack, STEP_SECONDS="0") as stack, Watch(stack) as watch:
        first = burst(stack, asked.burst)
        # Half of what it bears: the queue must not grow.
        rate = max(1.0, first["finished, a second"] / 2)
        second = steady(stack, rate, asked.seconds)
    tenth = max(1, len(watch.queue) // 10)
    found = {
        "stack": asked.stack,
        "cores": psutil.cpu_count(),
        "burst": first,
        "steady": second,
        "longest queue": max(length for _, length in watch.queue),
        "memory, MB, after a tenth of the time and at the end": {
            name: [round(sizes[tenth]), round(sizes[-1])]
            for name, sizes in watch.memory.items()
        },
    }
    print(json.dumps(found, indent=1))
    if asked.write:
        DOCS.mkdir(exist_ok=True)
        (DOCS / f"load-{asked.stack}.json").write_text(json.dumps(found, indent=1))
        picture(watch, DOCS / f"load-{asked.stack}.svg")


if __name__ == "__main__":
    main()
