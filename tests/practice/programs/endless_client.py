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
    # test_session.py reads this line, and moves the clock of the check beyond the time
    # limit. The test therefore does not wait for a minute.
    print("too late", flush=True)
    while True:
        pass
