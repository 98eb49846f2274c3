"""Request a report before and after a worker has run, and with an unknown id."""

from typing import Any

from sprout.practice.run import Run

SETTINGS = "shop.settings"


def check(run: Run) -> None:
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client

    settings.ROOT_URLCONF = "exercise"
    call_command("migrate", run_syncdb=True, verbosity=0)
    run.task("make_report")
    run.get("urlpatterns")
    browser = Client()

    def order_report() -> Any:
        body = {"year": 2027}
        return browser.post("/reports/", body, content_type="application/json")

    with run.no_waiting("A view waits for the result of the task."):
        first = run.call(order_report)
    status = first.status_code
    run.require(
        status == 202,
        "The first response does not have status 202.",
        "202",
        f"{status}",
    )
    place = first.headers.get("Location", "")
    messages = [each for queue in run.waiting().values() for each in queue]
    run.require(len(messages) == 1, "No task was sent.", "one", f"{len(messages)}")
    run.require(
        place == f"/reports/{messages[0]['id']}/",
        "The first response has the wrong Location header.",
        f"Location: /reports/{messages[0]['id']}/",
        f"Location: {place}",
    )

    def ask(path: str) -> tuple[int, object]:
        def show_report() -> Any:
            return browser.get(path)

        with run.no_waiting("A view waits for the result of the task."):
            answer = run.call(show_report)
        json = answer.headers.get("Content-Type") == "application/json"
        return answer.status_code, answer.json() if json else None

    status, body = ask(place)
    found = "show_report does not find the report that was ordered."
    run.require(status == 200, found, "200", f"{status}")
    run.require(
        isinstance(body, dict), "The response is not JSON.", "a dict", f"{body!r}"
    )
    early = "The file is not null before the report is ready."
    run.equal(body, {"state": "PENDING", "file": None}, early)
    run.worker()
    run.settle()
    report = run.only("make_report")
    run.succeeded(report)
    file = "report-2027.pdf"
    run.equal(run.result(report.id).result, file, "The report is for the wrong year.")
    expected = {"state": "SUCCESS", "file": file}
    run.equal(
        ask(place), (200, expected), "show_report does not return the finished report."
    )
    status, _ = ask("/reports/00000000-0000-4000-8000-000000000000/")
    given = "show_report does not return 404 for an unknown id."
    run.require(status == 404, given, "404", f"{status}")
