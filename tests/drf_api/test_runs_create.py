"""Responses of POST /api/runs/."""

import json

import pytest
from django.db import IntegrityError
from kombu.exceptions import OperationalError
from rest_framework.authtoken.models import Token

from tests.support.drf_api import assert_problem
from workflows import runs
from workflows.models import Run, Step

pytestmark = pytest.mark.django_db(transaction=True)

GOOD = {"testcase": "ESG-TC02", "job_data": {"div": [4, 2], "mul": [3]}}


def start(api, data=GOOD, **headers):
    return api.post("/api/runs/", data, headers=headers)


def data(**job_data):
    return {"testcase": "ESG-TC02", "job_data": {**GOOD["job_data"], **job_data}}


def test_the_response_contains_the_run(api, published):
    response = start(api)
    assert response.status_code == 202
    body = response.json()
    address = f"http://testserver/api/runs/{body['id']}/"
    assert response["Location"] == address
    assert response["Retry-After"] == "1"
    assert body["state"] == "queued"
    assert body["percent"] == 0
    assert body["links"] == {
        "self": address,
        "page": f"http://testserver/runs/{body['id']}/",
        "cancel": f"{address}cancel/",
    }
    assert [step["state"] for step in body["steps"]] == ["queued", "queued"]
    assert {step["task_id"] for step in body["steps"]} == set(
        Step.objects.values_list("task_id", flat=True)
    )
    assert published() == 1


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({}, ["testcase", "job_data"]),
        ([], [""]),
        ("text", [""]),
        (GOOD | {"testcase": "no such testcase"}, ["testcase"]),
        (GOOD | {"testcase": None}, ["testcase"]),
        ({"testcase": "ESG-TC02"}, ["job_data"]),
        (GOOD | {"job_data": None}, ["job_data"]),
        (GOOD | {"job_data": []}, ["job_data"]),
        (GOOD | {"job_data": "["}, ["job_data"]),
        ({"testcase": "ESG-TC02", "job_data": {}}, ["job_data.div", "job_data.mul"]),
        (data(add=[1]), ["job_data.add"]),
        (data(div=[4]), ["job_data.div"]),
        (data(div=[4, 2, 1]), ["job_data.div"]),
        (data(mul=[3, 3]), ["job_data.mul"]),
        (data(mul=3), ["job_data.mul"]),
        (data(mul=["3"]), ["job_data.mul"]),
        (data(mul=[True]), ["job_data.mul"]),
        (data(mul=[None]), ["job_data.mul"]),
        (data(mul=[10**400]), ["job_data.mul"]),
    ],
)
def test_invalid_input_is_rejected_and_writes_nothing(api, wrong, fields, published):
    assert_problem(start(api, wrong), 400, *fields)
    assert not Run.objects.exists()
    assert published() == 0


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{", 400),
        ("", 400),
        ("[" * 60_000, 400),
        ('{"testcase": "ESG-TC02", "job_data": {"div": [NaN, 1], "mul": [1]}}', 400),
        ('{"testcase": "ESG-TC02", "job_data": {"div": [1e999, 1], "mul": [1]}}', 400),
        (json.dumps({**GOOD, "padding": "x" * 64 * 1024}), 413),
    ],
)
def test_a_malformed_or_too_large_body_is_rejected(api, body, code):
    response = api.generic("POST", "/api/runs/", body, content_type="application/json")
    assert response.status_code == code
    assert response["Content-Type"] == "application/problem+json"
    assert not Run.objects.exists()


def test_unsupported_media_types(api):
    text = api.generic("POST", "/api/runs/", "x", content_type="text/plain")
    assert_problem(text, 415)
    assert_problem(api.get("/api/runs/", headers={"accept": "image/png"}), 406)
    assert_problem(api.put("/api/runs/", GOOD), 405)


def test_division_by_zero_is_accepted(api):
    assert start(api, data(div=[4, 0])).status_code == 202


def test_a_form_is_accepted(api):
    form = {"testcase": "ESG-TC02", "job_data": '{"div": [4, 2], "mul": [3]}'}
    assert api.post("/api/runs/", form, format="multipart").status_code == 202


@pytest.mark.parametrize("path", ["/", "/api/runs/"])
def test_a_lone_surrogate_is_rejected(api, path):
    data = r'{"\ud800": [4, 2]}'
    form = {"testcase": "ESG-TC02", "job_data": data}
    assert_problem(api.post(path, form, format="multipart"), 400, "job_data")
    body = f'{{"testcase": "ESG-TC02", "job_data": {data}}}'
    answer = api.generic("POST", path, body, content_type="application/json")
    assert_problem(answer, 400)


class TestIdempotencyKey:
    def test_the_same_key_and_data_give_the_same_run(self, api, published):
        headers = {"Idempotency-Key": "one"}
        first, second = (start(api, **headers) for _ in range(2))
        assert (first.status_code, second.status_code) == (202, 202)
        assert first.json() == second.json()
        assert published() == 1
        assert Run.objects.count() == 1

    def test_other_data_with_the_same_key_is_422(self, api, published):
        headers = {"Idempotency-Key": "one"}
        start(api, **headers)
        assert_problem(start(api, data(div=[4, 4]), **headers), 422)
        assert published() == 1

    def test_a_repeat_during_publishing_is_503(self, api, monkeypatch):
        """The response is not 202, because publishing may still fail."""
        headers, meanwhile = {"Idempotency-Key": "one"}, []

        def send(run):
            if not meanwhile:
                meanwhile.append(start(api, **headers))
                raise OperationalError("no answer")

        monkeypatch.setattr(Run, "send", send)
        assert_problem(start(api, **headers), 503)
        assert_problem(meanwhile[0], 503)
        assert meanwhile[0]["Retry-After"]
        assert start(api, **headers).json()["state"] == "queued"

    def test_a_run_cancelled_before_publishing_is_accepted(self, api, new_run):
        runs.cancel(new_run(key="one"))
        Run.objects.update(published_at=None)
        response = start(api, **{"Idempotency-Key": "one"})
        assert response.status_code == 202
        assert response.json()["state"] == "cancelled"

    def test_keys_belong_to_a_user(self, api, owner, stranger):
        ids = set()
        for user in (owner, stranger):
            api.force_authenticate(user)
            ids.add(start(api, **{"Idempotency-Key": "one"}).json()["id"])
        assert len(ids) == 2

    @pytest.mark.parametrize("key", ["a b", "x" * 256, "é"])
    def test_the_key_must_be_printable_and_short(self, api, key):
        assert_problem(start(api, **{"Idempotency-Key": key}), 400, "Idempotency-Key")

    def test_other_integrity_errors_are_raised(self, new_run, monkeypatch):
        def broken(*_):
            raise IntegrityError("another constraint")

        new_run()
        monkeypatch.setattr(Step.objects, "bulk_create", broken)
        with pytest.raises(IntegrityError, match="another constraint"):
            new_run()


class TestUnreachableBroker:
    def test_it_is_503_and_the_run_has_the_error(self, api, no_broker):
        response = start(api)
        assert_problem(response, 503)
        assert response["Retry-After"] == "5"
        run = Run.objects.full().get()
        assert (run.state, run.error) == ("failed", run.publish_error)
        assert {step.state for step in run.stated_steps} == {"skipped"}

    def test_the_same_key_later_publishes_the_same_run(self, api, no_broker, published):
        headers = {"Idempotency-Key": "one"}
        assert_problem(start(api, **headers), 503)
        no_broker()
        response = start(api, **headers)
        assert response.status_code == 202
        assert response.json()["state"] == "queued"
        assert published() == 1
        assert Run.objects.count() == 1


class TestLogin:
    @pytest.fixture(autouse=True)
    def _login_required(self, login_required):
        pass

    def test_anonymous_is_401(self, api):
        response = start(api)
        assert_problem(response, 401)
        assert response["WWW-Authenticate"] == "Token"

    def test_the_owner_of_the_token_owns_the_run(self, api, owner):
        token = Token.objects.create(user=owner)
        assert start(api, Authorization=f"Token {token}").status_code == 202
        assert Run.objects.get().owner == owner

    def test_a_session_requires_a_csrf_token(self, owner):
        from rest_framework.test import APIClient

        api = APIClient(enforce_csrf_checks=True)
        api.force_login(owner)
        assert_problem(start(api), 403)


def test_too_many_requests_are_throttled(api, monkeypatch):
    from web.throttling import PostThrottle

    monkeypatch.setitem(PostThrottle.THROTTLE_RATES, "start", "2/min")
    codes = [start(api).status_code for _ in range(3)]
    assert codes == [202, 202, 429]
    refused = start(api)
    assert_problem(refused, 429)
    assert int(refused["Retry-After"]) <= 60
    assert api.get("/api/runs/").status_code == 200  # reads are not throttled


@pytest.mark.parametrize("x", [10**15, -(10**15), 0, 0.5, 1e-9])
def test_numbers_are_stored_unchanged(api, x):
    assert start(api, data(div=[x, 1])).json()["job_data"]["div"] == [x, 1]
