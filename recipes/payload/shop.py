import hashlib
import uuid
from pathlib import Path

from celery import Celery

app = Celery(
    "shop", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)
STORE = Path(__file__).parent / "store"  # in production: S3 or a shared disk


def put(content: bytes) -> str:
    """Store a file and return its key."""
    STORE.mkdir(exist_ok=True)
    key = uuid.uuid4().hex
    (STORE / key).write_bytes(content)
    return key


def load(key: str) -> bytes:
    """Return the content of a stored file."""
    return (STORE / key).read_bytes()


@app.task
def watermark(scan: bytes) -> bytes:
    return scan + b"paid"


@app.task
def watermark_stored(key: str, sha256: str) -> str:
    scan = load(key)
    if hashlib.sha256(scan).hexdigest() != sha256:
        raise ValueError(f"{key} is not the file that was stored")
    return put(watermark(scan))
