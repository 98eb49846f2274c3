"""Calculate the figures of a fault from its requests, the database and the logs."""

import time
import uuid
from dataclasses import asdict, dataclass
from datetime import datetime

from tools.faults.load import Asked, Client
from tools.faults.stack import Stack


@dataclass
class Row:
    """The figures for one fault on one stack. Times are in seconds."""

    fault: str
    stack: str
    asked: int = 0
    accepted: int = 0  # responses with 202, or with the page after a form
    refused: int = 0  # responses with 503
    unanswered: int = 0  # requests without a response, or with another status
    succeeded: int = 0
    failed: int = 0
    lost: int = 0  # missing accepted runs, and missing users of batches
    stuck: int = 0  # accepted or stored runs that are unfinished at the deadline
    dropped: int = 0  # accepted jobs and batches that did not end
    twice: int = 0  # tasks that succeeded twice, and surplus users
    again: int = 0  # steps, jobs and batches that started more than once
    resent: int = 0  # the part of `again` whose message was sent again
    longest: float = 0.0  # longest wait for a response
    serves: float | None = None  # from the fault's end until a later run succeeded
    settled: float | None = None  # from the fault's end until all earlier runs ended
    broke: bool = False  # True if the function of the fault raised an error
    saw: str = ""  # other observations

    def as_dict(self) -> dict:
        """Return the row as a dict that can be stored as JSON."""
        return asdict(self)


def count(
    row: Row, stack: Stack, asked: list[Asked], at: datetime, patience: float
) -> Row:
    """Fill in a row and return it.

    Arguments:
        row: the known figures of the fault.
        stack: the application.
        asked: all requests before, during and after the fault.
        at: the time at which the fault ended.
        patience: the time limit for all requests to end, in seconds.
    """
    row.asked = len(asked)
    accepted = [one for one in asked if one.code in (200, 202)]
    row.accepted = len(accepted)
    row.refused = sum(one.code == 503 for one in asked)
    row.unanswered = row.asked - row.accepted - row.refused
    if odd := {f"{o.kind} {o.code}" for o in asked if o.code not in (0, 200, 202, 503)}:
        row.saw += f" ({', '.join(sorted(odd))})"
    row.longest = round(max((one.seconds for one in asked), default=0), 1)
    deadline = time.monotonic() + patience
    follow_runs(row, stack, [o for o in accepted if o.kind == "run"], at, deadline)
    follow_users(row, stack, [o for o in accepted if o.kind == "users"], deadline)
    follow_jobs(row, stack, [o for o in accepted if o.kind == "job"], deadline)
    follow_unanswered(row, stack, {one.id for one in accepted}, deadline)
    # clear() resets these counts before each fault.
    ((row.again, row.resent),) = stack.rows(
        "WITH begun AS (SELECT tries, sent FROM outbox_message UNION ALL "
        "SELECT tries, sent FROM workflows_step JOIN workflows_run r ON r.id = run_id) "
        "SELECT COUNT(*), COUNT(CASE WHEN sent > 1 THEN 1 END) FROM begun "
        "WHERE tries > 1"
    )
    effects = stack.rows("SELECT task_id, COUNT(*) FROM effects GROUP BY task_id")
    row.twice += sum(often > 1 for _, often in effects)
    return row


def follow_runs(row, stack, runs, at, deadline) -> None:
    """Wait until each run has ended, and count the outcomes."""
    client = Client(stack.site)
    serves, settled = [], []
    for one in runs:
        code, run = look(client, one.id, deadline)
        if code == 404:
            row.lost += 1
        elif "retry" not in run.get("links", {}):
            row.stuck += 1
        else:
            row.succeeded += run["state"] == "succeeded"
            if run["state"] != "succeeded":
                row.failed += 1
                row.saw += f" (error: {run['error'][:90]})" if row.failed < 3 else ""
            if run["finished_at"]:
                end = datetime.fromisoformat(run["finished_at"])
                seconds = (end - at).total_seconds()
                if one.at > at and run["state"] == "succeeded":
                    serves.append(seconds)
                elif one.at <= at:
                    settled.append(seconds)
    row.serves = round(min(serves), 1) if serves else None
    row.settled = round(max(0.0, *settled), 1) if settled else None


def as_id(value: object) -> str:
    """Return the id of a run with hyphens, as in the API. SQLite omits hyphens."""
    return str(uuid.UUID(str(value)))


def look(client: Client, run: str, deadline: float) -> tuple[int, dict]:
    """Poll a run until its end or the deadline. Return the HTTP status and the run."""
    while True:
        try:
            code, body = client.call(f"/api/runs/{run}/")
        except OSError:
            code, body = 0, {}
        if "retry" in body.get("links", {}) or code == 404:
            return code, body
        if time.monotonic() > deadline:
            return code, body
        time.sleep(0.2)


def follow_users(row, stack, batches, deadline) -> None:
    """Wait until each batch has ended, and count the users."""
    wanted = {batch.id: batch.count for batch in batches}
    while True:
        ended = dict(
            stack.rows(
                "SELECT task_id, status FROM django_celery_results_taskresult "
                "WHERE status IN ('SUCCESS', 'FAILURE')"
            )
        )
        if wanted.keys() <= ended.keys() or time.monotonic() > deadline:
            break
        time.sleep(0.2)
    finished = wanted.keys() & ended.keys()
    row.dropped += len(wanted) - len(finished)
    row.failed += sum(ended[batch] == "FAILURE" for batch in finished)
    row.succeeded += sum(ended[batch] == "SUCCESS" for batch in finished)
    ((users,),) = stack.rows("SELECT COUNT(*) FROM auth_user")
    ((most,),) = stack.rows("SELECT COALESCE(SUM(count), 0) FROM people_batch")
    done = sum(wanted[batch] for batch in finished)
    row.twice += max(0, users - most)  # including batches whose clients got no response
    row.lost += max(0, done - users)


def follow_jobs(row, stack, jobs, deadline) -> None:
    """Wait until workers have logged the end of each job, and count the outcomes."""
    wanted = [job.id for job in jobs]
    while True:
        log = "".join(map(stack.log, ("worker", "slow", "far")))
        ended = [job for job in wanted if f"end: {job}" in log]
        if len(ended) == len(wanted) or time.monotonic() > deadline:
            break
        time.sleep(0.2)
    row.succeeded += len(ended)
    row.dropped += len(wanted) - len(ended)
    row.twice += sum(log.count(f"end: {job}") > 1 for job in wanted)


def follow_unanswered(row, stack, answered, deadline) -> None:
    """Wait for stored runs whose clients got no response, and count stuck runs."""
    client = Client(stack.site)
    unseen = "SELECT id FROM workflows_run WHERE publish_error = '' AND ended_as = ''"
    for run in {as_id(run) for (run,) in stack.rows(unseen)} - answered:
        _, body = look(client, run, deadline)
        row.stuck += "retry" not in body.get("links", {})


def clear(stack: Stack) -> None:
    """Delete or reset the records of earlier faults."""
    stack.rows("DELETE FROM effects")
    stack.rows("DELETE FROM auth_user")
    stack.rows("DELETE FROM people_batch")
    stack.rows("UPDATE workflows_step SET tries = 0")
    stack.rows("UPDATE outbox_message SET tries = 0")
