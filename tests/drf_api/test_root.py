"""The operations at `/`, which the two curl examples use."""

import json
import uuid

import pytest

from tests.support.drf_api import add_events, assert_problem
from workflows.models import Run

pytestmark = pytest.mark.django_db(transaction=True)

LINES = {
    "ESG-TC01": '{"div" : [4, 2], "mul" : [3], "add" : [6], "sub" : [2]}',
    "ESG-TC02": '{"div" : [4, 2], "mul" : [3]}',
    "ESG-TC03": '{"add" : [4, 2], "sub" : [3]}',
}
STEPS = {
    "ESG-TC01": ["div", "mul", "add", "sub"],
    "ESG-TC02": ["div", "mul"],
    "ESG-TC03": ["add", "sub"],
}


def post(api, testcase, job_data):
    """Send a form, like `curl -d testcase=... -d job_data=... -X POST`."""
    form = {"testcase": testcase, "job_data": job_data}
    return api.post("/", form, format="multipart", HTTP_ACCEPT="*/*")


def get(api, task_list, **more):
    """Send a form as the body of a GET, like `curl -d task_list=... -X GET`."""
    from urllib.parse import urlencode

    return api.generic(
        "GET",
        "/",
        urlencode({"task_list": task_list}),
        content_type="application/x-www-form-urlencoded",
        HTTP_ACCEPT="*/*",
        **more,
    )


@pytest.mark.parametrize("testcase", LINES)
def test_post_returns_the_ids_of_its_tasks(api, testcase, published):
    response = post(api, testcase, LINES[testcase])
    assert response.status_code == 202
    run = Run.objects.full().get()
    assert response.json() == [step.task_id for step in run.stated_steps]
    assert [step.name for step in run.stated_steps] == STEPS[testcase]
    assert response["Location"] == f"http://testserver/api/runs/{run.pk}/"
    assert response["Retry-After"] == "1"
    assert published() == 1  # only the first step; a worker publishes the next step


def test_get_returns_celery_states_in_the_order_of_the_ids(api):
    ids = post(api, "ESG-TC01", LINES["ESG-TC01"]).json()
    add_events(Run.objects.get(), 2.0, "started")
    unknown = str(uuid.uuid4())
    asked = [ids[3], unknown, ids[0], ids[1]]
    expected = {
        ids[3]: "PENDING",
        unknown: "UNKNOWN",
        ids[0]: "SUCCESS",
        ids[1]: "STARTED",
    }
    response = get(api, json.dumps(asked))
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert list(response.json().items()) == list(expected.items())
    query = api.get("/", {"task_list": json.dumps(asked)})
    assert query.json() == response.json()


@pytest.mark.parametrize("count", [1, 500])
def test_get_takes_one_query(api, count, django_assert_num_queries):
    ids = [str(uuid.uuid4()) for _ in range(count)]
    with django_assert_num_queries(1):
        assert set(get(api, json.dumps(ids)).json().values()) == {"UNKNOWN"}


@pytest.mark.parametrize(
    "task_list",
    ["", "[", "[]", '"a"', "[1]", "null", "[[]]", json.dumps(["a"] * 1001), "[" * 9999],
)
def test_get_rejects_invalid_lists(api, task_list):
    assert_problem(get(api, task_list), 400, "task_list")


def test_get_without_ids_names_the_missing_field(api):
    assert_problem(api.get("/"), 400, "task_list")
    assert_problem(api.get("/", {"task_list": '["a\0"]'}), 400, "task_list")


def test_a_browser_gets_a_page(client):
    response = client.get("/", headers={"accept": "text/html,*/*;q=0.8"})
    assert response["Content-Type"].startswith("text/html")
    assert b"ESG-TC03" in response.content


@pytest.mark.parametrize("accept", ["text/html", "*/*"])
def test_head_returns_the_status_and_headers_of_get(client, accept):
    get, head = (
        ask("/", headers={"accept": accept}) for ask in (client.get, client.head)
    )
    assert (head.status_code, head.headers) == (get.status_code, get.headers)


@pytest.mark.parametrize("accept", ["text/html", "application/json", "image/png"])
def test_responses_vary_on_accept(client, accept):
    assert "Accept" in client.get("/", headers={"accept": accept})["Vary"]


def test_anonymous_clients_must_log_in(client, api, login_required):
    assert_problem(post(api, "ESG-TC02", LINES["ESG-TC02"]), 401)
    page = client.get("/", headers={"accept": "text/html"})
    assert page.status_code == 302
    assert page["Location"] == "/login/?next=/"
    assert "Accept" in page["Vary"]


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_a_wrong_token_is_a_problem_for_browsers_too(client, db, accept):
    headers = {"accept": accept, "authorization": "Token nonsense"}
    assert_problem(client.get("/", headers=headers), 401)


def test_foreign_ids_are_unknown(api, owner, stranger, staff, login_required):
    api.force_authenticate(owner)
    ids = post(api, "ESG-TC02", LINES["ESG-TC02"]).json()
    assert set(get(api, json.dumps(ids)).json().values()) == {"PENDING"}
    api.force_authenticate(stranger)
    assert set(get(api, json.dumps(ids)).json().values()) == {"UNKNOWN"}
    api.force_authenticate(staff)
    assert set(get(api, json.dumps(ids)).json().values()) == {"PENDING"}


def test_other_methods_are_rejected(api):
    assert_problem(api.put("/", {}), 405)
    assert_problem(api.delete("/"), 405)


@pytest.mark.parametrize("body", ["5", "null", "true", "[]", '"\\ud800"'])
def test_json_without_an_object_is_400(api, body):
    for method in ("GET", "POST"):
        answer = api.generic(method, "/", body, content_type="application/json")
        assert answer.status_code == 400
        assert not answer.json()["detail"].startswith(":")


@pytest.mark.parametrize("text", ["\\ud800", "\\u0000"])
def test_an_id_that_is_not_text_is_400(api, text):
    assert_problem(get(api, f'["{text}"]'), 400, "task_list")
    assert_problem(api.get("/", {"task_list": f'["{text}"]'}), 400, "task_list")
