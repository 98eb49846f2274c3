"""Publish with plain kombu until the RabbitMQ server at argv[1] blocks, then close."""

import sys
import time

from kombu import Connection

options = {"confirm_publish": True}
for _ in range(60):
    with Connection(sys.argv[1], transport_options=options) as connection:
        # At the end of the block, kombu sends a close request and waits without a time
        # limit.
        connection.Producer().publish({}, routing_key="nowhere", confirm_timeout=2)
    time.sleep(0.5)
