"""Publish to the RabbitMQ of argv[1] by kombu alone until it blocks us, then close."""

import sys
import time

from kombu import Connection

options = {"confirm_publish": True}
for _ in range(60):
    with Connection(sys.argv[1], transport_options=options) as connection:
        # The end of the block closes the connection: politely, and without a limit.
        connection.Producer().publish({}, routing_key="nowhere", confirm_timeout=2)
    time.sleep(0.5)
