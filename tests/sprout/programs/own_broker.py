"""Start a broker, print its process id, and wait for a signal."""

import signal

import redis

from sprout.broker import Broker

with Broker() as broker:
    print(redis.Redis(port=broker.port).info()["process_id"])
    signal.pause()
