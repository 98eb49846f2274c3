"""Send an unknown step, then three steps in a different order from TASKS."""

from sprout.practice.run import Run, states


def check(run: Run) -> None:
    for name in ("wrap", "label", "insure"):
        run.task(name)
    send = run.function("send")
    details = {"label": "Anna", "insure": 500, "wrap": "silk"}
    seen = "send() returned"
    try:
        send("vase", ["label", "burn"], dict(details))
    except ValueError:
        seen = ""
    except Exception as error:
        seen = f"{type(error).__name__}: {error}"
    run.require(
        not any(run.waiting().values()),
        "A message was sent before the steps were checked.",
        "no message",
        "a message waits",
    )
    run.require(
        not seen.startswith("KeyError"),
        "An unknown step raises KeyError instead of ValueError.",
        "ValueError",
        seen,
    )
    run.require(
        not seen, "An unknown step does not raise ValueError.", "ValueError", seen
    )
    id = run.call(send, "vase", ["label", "insure", "wrap"], details)
    run.worker()
    run.settle()
    ran = [span.label for span in run.spans]
    run.require(
        len(ran) == 3, "send() did not send three tasks.", "three", states(run.spans)
    )
    run.succeeded(*run.spans)
    order = "The steps do not run in the order of the list."
    run.equal(ran, ["label", "insure", "wrap"], order)
    whole = "vase, to Anna, insured for 500, wrapped in silk"
    result = run.result(run.spans[-1].id).result
    run.equal(result, whole, "A later step received the parcel again.")
    run.equal(id, run.spans[-1].id, "send() does not return the id of the last task.")
