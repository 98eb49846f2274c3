import hashlib
import os

from celery.result import AsyncResult

from shop import app, put, watermark, watermark_stored


def memory_of(key: str) -> str:
    """Return the memory usage of a Redis key, rounded to 10 MB."""
    with app.connection_for_read() as connection:
        redis = connection.default_channel.client
        return f"{round(redis.memory_usage(key) / 1e6, -1):.0f} MB"


def memory_of_result(result: AsyncResult) -> str:
    result.get(timeout=60)
    return memory_of(app.backend.get_key_for_task(result.id).decode())


scan = os.urandom(50_000_000)
watermark.apply_async([scan], queue="files")  # a queue without a worker
print("message with a file:", memory_of("files"))
print("its result:", memory_of_result(watermark.delay(scan)))

stored = [put(scan), hashlib.sha256(scan).hexdigest()]
watermark_stored.apply_async(stored, queue="keys")
print("message with a key:", memory_of("keys"))
print("its result:", memory_of_result(watermark_stored.delay(*stored)))
