"""One number succeeds on the third attempt, one never succeeds, and one is invalid."""

import sys

from sprout.practice.run import Run


def check(run: Run) -> None:
    send_code = run.task("send_code")
    import gateway

    run.worker()
    ids = {number: send_code.delay(number).id for number in ("333", "100", "x")}
    run.settle()
    tries = {number: len(run.recorder.spans[id].tries) for number, id in ids.items()}
    calls = {number: gateway.calls(number) for number in ids}
    run.require(
        calls["x"] == 1,
        "The task was retried for an invalid number.",
        "one call",
        f"{calls['x']}",
    )
    run.require(
        run.result(ids["333"]).state == "SUCCESS",
        "The task failed for a number whose third attempt succeeds.",
        "333 SUCCESS after three attempts",
        f"333 {run.result(ids['333']).state} after {calls['333']} attempts",
    )
    run.require(
        tries["333"] == calls["333"],
        "Celery did not retry the task. The task itself called the gateway again.",
        "three attempts in the timeline",
        f"{tries['333']} in the timeline, {calls['333']} calls to gateway.send()",
    )
    run.require(
        calls["100"] >= 3,
        "The task did not retry often enough.",
        "one attempt and two retries",
        f"{calls['100']} attempts",
    )
    run.require(
        calls["100"] == 3,
        "The task retried too often.",
        "one attempt and two retries",
        f"{calls['100']} attempts",
    )
    run.equal(
        run.result(ids["100"]).state,
        "FAILURE",
        "After the last attempt, the task does not have the state FAILURE.",
    )
