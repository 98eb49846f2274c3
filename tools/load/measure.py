"""Measure a burst and a steady stream of runs."""

import contextlib
import itertools
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

import psutil

from tools.load.sites import Site

CLIENTS = 8


def say(text: str) -> None:
    """Print a progress message with the time."""
    print(f"{datetime.now():%H:%M:%S} {text}", flush=True)


@dataclass
class Watch:
    """Samples of a site's queue (every second) and memory (every five seconds)."""

    site: Site
    queue: list[tuple[float, float]] = field(default_factory=list)
    memory: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    def __enter__(self) -> "Watch":
        self._end, self._begin = threading.Event(), time.monotonic()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _look(self) -> None:
        for second in itertools.count():
            now = time.monotonic() - self._begin
            self.queue.append((now, self.site.waiting()))
            if second % 5 == 0:
                for name, program in self.site.programs.items():
                    self.memory.setdefault(name, []).append((now, megabytes(program)))
            if self._end.wait(1):
                return


def family(program: psutil.Process) -> list[psutil.Process]:
    """Return the main process of a program and all its descendants."""
    return [program, *program.children(recursive=True)]


def megabytes(program: psutil.Process) -> float:
    """Return the private memory of a program's processes, in units of 2**20 bytes."""
    total = 0.0
    for process in family(program):
        with contextlib.suppress(psutil.NoSuchProcess):
            total += process.memory_full_info().uss
    return total / 2**20


def cpu(site: Site) -> dict[str, float]:
    """Return the processor seconds that each program and the clients have used."""

    def used(processes: list[psutil.Process]) -> float:
        return sum(sum(process.cpu_times()[:2]) for process in processes)

    found = {name: used(family(program)) for name, program in site.programs.items()}
    return {**found, "clients": used([psutil.Process()])}


def milliseconds(seconds: list[float]) -> dict[str, float]:
    """Return the median and the 99th percentile of durations, in milliseconds."""
    cuts = statistics.quantiles(seconds, n=100)
    return {"p50": round(1000 * cuts[49], 1), "p99": round(1000 * cuts[98], 1)}


def burst(site: Site, count: int) -> dict:
    """Start runs as fast as possible, and wait until all runs have ended."""
    say(f"  a burst of {count} runs ...")
    posts: list[float] = []

    def post(_: int) -> None:
        begin = time.monotonic()
        site.start()
        posts.append(time.monotonic() - begin)

    before, begin = cpu(site), time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as threads:
        list(threads.map(post, range(count)))
    posted = time.monotonic() - begin
    site.wait()
    elapsed = time.monotonic() - begin
    used = {name: seconds - before[name] for name, seconds in cpu(site).items()}
    found = {
        "runs": count,
        "POST, ms": milliseconds(posts),
        "requests per second": round(count / posted, 1),
        "finished per second": round(count / elapsed, 1),
        "processor, ms a run": {
            name: round(1000 * seconds / count, 1) for name, seconds in used.items()
        },
        "processors": psutil.cpu_count(),
        "processors busy": round(sum(used.values()) / elapsed, 1),
    }
    say(f"  {found['finished per second']} runs a second")
    return found


def steady(site: Site, rate: float, seconds: float) -> dict:
    """Start `rate` runs per second, and request the states of each run immediately."""
    say(f"  {rate} runs a second for {seconds:.0f} seconds ...")
    posts: list[float] = []
    gets: list[float] = []
    begin = time.monotonic()

    def one(due: float) -> None:
        ids = site.start()
        posts.append(time.monotonic() - due)  # Include the wait for a thread.
        asked = time.monotonic()
        site.states(ids)
        gets.append(time.monotonic() - asked)

    with ThreadPoolExecutor(CLIENTS) as threads:
        sent = []
        for number in range(int(rate * seconds)):
            due = begin + number / rate
            time.sleep(max(0.0, due - time.monotonic()))
            sent.append(threads.submit(one, due))
            if number % int(rate * 60 + 1) == 0:
                say(f"    {number / rate:4.0f} s: {site.waiting()} tasks wait")
        wrong = [future.exception() for future in sent]
    site.wait()
    return {
        "runs a second": rate,
        "seconds": seconds,
        "runs": len(posts),
        "refused": sum(error is not None for error in wrong),
        "POST, ms": milliseconds(posts),
        "GET, ms": milliseconds(gets),
    }


def growth(sizes: list[tuple[float, float]]) -> dict[str, float]:
    """Return the median memory after the warm-up and at the end, in megabytes.

    Each median covers a tenth of the time. The first three tenths include the burst and
    the warm-up.
    """
    values = [size for _, size in sizes]
    tenth = max(1, len(values) // 10)
    early = statistics.median(values[3 * tenth : 4 * tenth] or values)
    late = statistics.median(values[-tenth:])
    found = {"then": early, "at the end": late, "growth": late - early}
    return {name: round(size, 1) for name, size in found.items()}


def long(site: Site, count: int, seconds: float, rate: float = 0) -> tuple[dict, Watch]:
    """Measure a burst, and a stream at `rate` or at half the burst's rate."""
    with Watch(site) as watch:
        first = burst(site, count)
        rate = rate or max(1.0, round(first["finished per second"] / 2, 1))
        second = steady(site, rate, seconds)
    found = {
        "burst": first,
        "steady": second,
        "longest queue": max(length for _, length in watch.queue),
        "memory, MB": {name: growth(sizes) for name, sizes in watch.memory.items()},
    }
    return found, watch
