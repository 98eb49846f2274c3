"""Whatever is sent to any address: no 5xx, no traceback, nothing of anybody else's."""

import json
import uuid

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.authtoken.models import Token

from taskrunner.throttling import PostThrottle
from tests.drf_api.conftest import assert_problem, repeatable
from workflows import pages
from workflows.models import Run

# JSON as nobody means it: deep, wide, of all types, with any character.
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["ESG-TC01", "div", "mul", "\0", "\ud800", "'; DROP TABLE--"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
requests = st.fixed_dictionaries(
    {},
    optional={
        "testcase": st.sampled_from(["ESG-TC01", "ESG-TC02"]) | anything,
        "job_data": st.dictionaries(st.sampled_from(["div", "mul", "x"]), anything),
        "task_list": anything,
        "more": anything,
    },
)
# What an address may hold, and what a header: no line's end, which clients refuse.
paths = st.text(st.characters(blacklist_categories=["Cs"]), max_size=50)
headers = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=300)


def assert_clean(response):
    """Hold an answer to what every answer must be like."""
    assert response.status_code < 500, response.content[:1000]
    body = b"".join(response) if response.streaming else response.content
    for word in (b"Traceback", b"site-packages", b"OperationalError"):
        assert word not in body


@pytest.fixture
def client(db, settings):
    """A client that gets to see an exception as a browser would: as an answer."""
    settings.DEBUG_PROPAGATE_EXCEPTIONS = False
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("path", ["/", "/api/runs/"])
def test_any_json(client, path):
    @repeatable
    @given(requests | anything)
    def send(data):
        body = json.dumps(data)
        assert_clean(client.post(path, body, content_type="application/json"))

    send()


@pytest.mark.parametrize("name", ["jobs:index", "people:new", "run-start", "login"])
def test_any_form(client, no_broker, name):
    fields = ["name", "key", "count", "testcase", "div", "mul", "username", "password"]

    @repeatable
    @given(st.dictionaries(st.sampled_from(fields), st.text(max_size=300)))
    def send(data):
        answer = client.post(reverse(name), data)
        # 503: it was a good form after all, and there is no broker in this test.
        if answer.status_code != 503:
            assert_clean(answer)

    send()


def test_any_path_and_query(client):
    @repeatable
    @given(paths, paths, st.sampled_from(["/", "/api/", "/api/runs/", "/runs/"]))
    def send(path, query, root):
        assert_clean(client.get(root + path, {"page": query, "state": query}))
        assert_clean(client.get(root, {"cursor": query, "task_list": path, "q": "x"}))

    send()


def test_any_header(client):
    names = ["Accept", "Authorization", "Idempotency-Key", "Host", "X-Forwarded-For"]
    names += ["Content-Type", "Accept-Language", "HX-Request", "Origin"]

    @repeatable
    @given(st.dictionaries(st.sampled_from(names), headers, max_size=4))
    def send(sent):
        for path in ("/api/runs/", "/runs/", "/"):
            assert_clean(client.get(path, headers=sent))
        assert_clean(client.generic("POST", "/api/runs/", "{}", headers=sent))

    send()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\0",
        b"\xff\xfe",
        b"[" * 60_000,
        b'{"testcase":' * 5_000,
        b'"' + b"\\ud800" * 100 + b'"',
        b"1" * 60_000,
        b"testcase=ESG-TC02&job_data=" + b"[" * 60_000,
        b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n" * 500,
    ],
    ids=range(9),
)
@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "application/json; charset=utf-7",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "x",
        "",
    ],
)
def test_broken_bodies(client, body, kind):
    for path in ("/", "/api/runs/", "/people/new/", "/jobs/"):
        assert_clean(client.generic("POST", path, body, content_type=kind))


def addresses(patterns, root=""):
    """Return the name of every address of ours."""
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield root + str(pattern.pattern)
        elif pattern.app_name != "admin":
            yield from addresses(pattern.url_patterns, root + str(pattern.pattern))


def test_every_address_bears_every_method(client, no_broker, new_run):
    run = str(uuid.uuid4())
    found = list(addresses(get_resolver().url_patterns))
    assert len(found) > 15
    for pattern in found:
        path = "/" + pattern.replace("<uuid:pk>", run).replace("<pk>", run)
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
            answer = client.generic(method, path)
            # Without a broker some say so, and readyz as well.
            if answer.status_code != 503:
                assert_clean(answer)


class TestOthers:
    """With a login: ids of others, tokens that are none, forms from elsewhere."""

    @pytest.fixture(autouse=True)
    def locked(self, login_required):
        pass

    @pytest.mark.parametrize("action", ["", "cancel/", "retry/"])
    def test_the_runs_of_others_are_not_there(
        self, api, new_run, owner, stranger, action
    ):
        run = new_run(owner=owner)
        api.force_authenticate(stranger)
        ask = api.post if action else api.get
        unknown = ask(f"/api/runs/{uuid.uuid4()}/{action}")
        theirs = ask(f"/api/runs/{run.pk}/{action}")
        # Not even that it exists can be told from the answer.
        assert theirs.status_code == unknown.status_code == 404
        assert theirs.content == unknown.content
        assert Run.objects.get(pk=run.pk).cancel_requested_at is None

    @pytest.mark.parametrize("change", [str.upper, lambda key: key[:-1], str.swapcase])
    def test_a_token_that_is_nearly_right_is_wrong(self, api, owner, change):
        key = Token.objects.create(user=owner, key="abcdef" * 6 + "abcd").key
        api.credentials(HTTP_AUTHORIZATION=f"Token {key}")
        assert api.get("/api/runs/").status_code == 200
        api.credentials(HTTP_AUTHORIZATION=f"Token {change(key)}")
        assert_problem(api.get("/api/runs/"), 401)

    def test_a_token_ends_with_its_user(self, api, owner):
        key = Token.objects.create(user=owner).key
        api.credentials(HTTP_AUTHORIZATION=f"Token {key}")
        owner.is_active = False
        owner.save()
        assert_problem(api.get("/api/runs/"), 401)

    def test_a_session_needs_the_csrf_token_everywhere(self, new_run, owner):
        run = new_run(owner=owner)
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(owner)
        for path in (
            "/",
            "/api/runs/",
            f"/api/runs/{run.pk}/cancel/",
            f"/runs/{run.pk}/cancel/",
            "/runs/start/",
            "/jobs/",
            "/jobs/sample/",
            "/people/new/",
        ):
            browser.cookies["csrftoken"] = "x" * 32  # forged: not in the form as well
            assert browser.post(path, {}).status_code == 403, path
        assert Run.objects.get().cancel_requested_at is None


@pytest.mark.parametrize("path", ["/runs/", "/api/runs/"])
def test_a_database_that_is_away_is_503(client, monkeypatch, path):
    def away(*_):
        raise OperationalError("password authentication failed for user postgres")

    monkeypatch.setattr(pages.Run.objects.__class__, "full", away)
    answer = client.get(path, headers={"accept": "text/html,application/json"})
    assert_problem(answer, 503)
    assert answer["Retry-After"] == "5"
    assert "password" not in answer.text


def test_a_flood_is_throttled_whatever_address_it_claims(api, db, monkeypatch):
    monkeypatch.setitem(PostThrottle.THROTTLE_RATES, "start", "5/min")
    answers = [
        api.post("/api/runs/", {}, headers={"X-Forwarded-For": f"10.0.0.{n}"})
        for n in range(20)
    ]
    codes = [answer.status_code for answer in answers]
    assert codes == 5 * [400] + 15 * [429]
    assert int(answers[-1]["Retry-After"]) <= 60
