"""Three numbers: one answers at the third try, one never, and one is wrong."""

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
        calls["x"] == 1, "A wrong number was tried again.", "one call", f"{calls['x']}"
    )
    run.require(
        run.result(ids["333"]).state == "SUCCESS",
        "A number that answers at the third try got no message.",
        "333 SUCCESS after three tries",
        f"333 {run.result(ids['333']).state} after {calls['333']} tries",
    )
    run.require(
        tries["333"] == calls["333"],
        "The worker shows one try, so Celery did not retry.",
        "three tries in the timeline",
        f"{tries['333']} in the timeline, {calls['333']} calls of the gateway",
    )
    run.require(
        calls["100"] >= 3,
        "A gateway that never answers was not tried often enough.",
        "the first try and two more",
        f"{calls['100']} tries",
    )
    run.require(
        calls["100"] == 3,
        "A gateway that never answers was tried too often.",
        "the first try and two more",
        f"{calls['100']} tries",
    )
    run.equal(run.result(ids["100"]).state, "FAILURE", "It failed in silence.")
