"""Print the messages in the queue from the oldest to the newest."""

import base64
import json

from shop import app

with app.connection_for_read() as connection:
    waiting = connection.default_channel.client.lrange("celery", 0, -1)
for message in map(json.loads, reversed(waiting)):
    args, kwargs, _ = json.loads(base64.b64decode(message["body"]))
    headers = message["headers"]
    print(headers["id"], headers["task"], args, kwargs)
    print("  retries", headers["retries"], "eta", headers["eta"])
