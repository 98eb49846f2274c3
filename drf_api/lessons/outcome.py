"""Success and failure told apart."""

from lessons import app


@app.task
def divide(x, y):
    return x / y


def main():
    good, bad = divide.delay(6, 3), divide.delay(6, 0)
    for result in (good, bad):
        result.get(timeout=10, propagate=False)  # wait, but do not raise
        print(f"{result.ready()=} {result.successful()=} {result.result=}")
    try:
        bad.get()
    except ZeroDivisionError as error:
        print(f"get() raised what the task raised: {error}")
