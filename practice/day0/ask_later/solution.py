"""`app.AsyncResult(id)` reads the state and the result. `get()` would wait."""

from celery import Celery

app = Celery(
    "reports", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task
def make_report(year: int) -> str:
    if year < 2000:
        raise ValueError("no figures before 2000")
    return f"report-{year}.pdf"


def look_up(id: str) -> str:
    result = app.AsyncResult(id)
    if result.successful():
        return result.result
    if result.failed():
        return f"failed: {result.result}"
    return "not ready"
