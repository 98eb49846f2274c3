"""An answer to day0/send: the client loops endlessly while the task runs."""

import gc
import time

from celery import Celery

from sprout.recorder import Recorder

app = Celery("mails")


@app.task
def send_mail(address: str, subject: str) -> None:
    while True:
        time.sleep(1)


def welcome(address: str) -> None:
    send_mail.delay(address, "Welcome")
    (recorder,) = [each for each in gc.get_objects() if type(each) is Recorder]
    while not any(span.state == "STARTED" for span in recorder.spans.values()):
        pass
    # After this line, test_session.py moves the clock beyond the limit of the check, so
    # that the test does not wait for a minute.
    print("too late", flush=True)
    while True:
        pass
