"""Export metrics for Prometheus: python exporter.py PORT."""

import json
import sys
import threading
import time
from collections.abc import Iterator

from kombu.exceptions import OperationalError
from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from redis import Redis
from redis.exceptions import RedisError

from shop import app

registry = CollectorRegistry()
tasks = Counter("shop_tasks", "Finished tasks", ["task", "state"], registry=registry)
seconds = Histogram("shop_task_seconds", "Run time", ["task"], registry=registry)
state = app.events.State()
broker = app.connection_for_read().as_uri(include_password=True)
redis = Redis.from_url(broker, socket_timeout=2)  # seconds


def listen() -> None:
    while True:
        try:
            with app.connection_for_read() as connection:
                receiver = app.events.Receiver(connection, handlers={"*": count})
                receiver.capture(limit=None)
        except (OperationalError, OSError):
            time.sleep(1)


def count(event: dict) -> None:
    state.event(event)
    if event["type"] in ("task-succeeded", "task-failed", "task-retried"):
        name = state.tasks[event["uuid"]].name
        tasks.labels(name, event["type"].removeprefix("task-")).inc()
        if "runtime" in event:
            seconds.labels(name).observe(event["runtime"])


class Queue(Collector):
    def collect(self) -> Iterator[Metric]:
        up, length, oldest = 1, 0, 0.0
        try:
            length = redis.llen("celery")
            if message := redis.lindex("celery", -1):  # the next message
                headers = json.loads(message)["headers"]
                oldest = time.time() - headers.get("published_at", time.time())
        except RedisError:
            up = 0
        alive = sum(worker.alive for worker in list(state.workers.values()))
        yield GaugeMetricFamily("shop_broker_up", "1 if the broker is up", up)
        yield GaugeMetricFamily("shop_queue_messages", "Waiting messages", length)
        yield GaugeMetricFamily(
            "shop_queue_oldest_seconds", "Age of the oldest message", oldest
        )
        yield GaugeMetricFamily("shop_workers", "Workers with a heartbeat", alive)


if __name__ == "__main__":
    registry.register(Queue())
    threading.Thread(target=listen, daemon=True).start()
    _, server = start_http_server(int(sys.argv[1]), "127.0.0.1", registry)
    print("The exporter is open.", flush=True)
    server.join()
