"""No input at any URL causes a 5xx, a traceback or a leak of other users' data."""

import json
import uuid

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework.authtoken.models import Token
from rest_framework.settings import api_settings

from people.models import Batch
from tests.support.drf_api import assert_problem, repeatable
from web.throttling import PostThrottle
from workflows import pages
from workflows.models import Run, Step

hundreds = settings(repeatable, max_examples=2 * settings.default.max_examples)

# Unusual JSON: nested, with all types and characters.
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
# Random strings for URLs and headers. Clients reject line breaks in headers.
paths = st.text(st.characters(blacklist_categories=["Cs"]), max_size=50)
headers = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=300)


def assert_clean(response, may=(), sent=""):
    """Check that a response leaks nothing and has no 5xx status except `may`.

    A response may quote the text in `sent`. hypothesis also generates words from the
    application's code, such as OperationalError.
    """
    code = response.status_code
    assert code < 500 or code in may, response.content[:1000]
    assert code != 429  # a throttled request would not reach the view
    body = b"".join(response) if response.streaming else response.content
    for word in ("Traceback", "site-packages", "OperationalError"):
        assert word in sent or word.encode() not in body


@pytest.fixture
def client(db, settings, monkeypatch):
    """Return an unthrottled client that converts exceptions to responses."""
    settings.DEBUG_PROPAGATE_EXCEPTIONS = False
    for scope in PostThrottle.THROTTLE_RATES:
        monkeypatch.setitem(PostThrottle.THROTTLE_RATES, scope, "100000/min")
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("path", ["/", "/api/runs/"])
def test_any_json(client, path):
    @hundreds
    @given(requests | anything)
    def send(data):
        body = json.dumps(data)
        answer = client.post(path, body, content_type="application/json")
        assert_clean(answer, sent=body)

    send()


FORMS = ["jobs:index", "people:new", "run-start", "login", "logout"]


@pytest.mark.parametrize("name", FORMS)
def test_any_form(client, no_broker, name):
    fields = ["name", "key", "count", "testcase", "div", "mul", "username", "password"]
    values = st.text(max_size=300) | st.sampled_from(
        ["1", "50", "x.y", "\0", "ESG-TC02"]
    )

    @hundreds
    @given(st.dictionaries(st.sampled_from(fields), values))
    def send(data):
        # The test has no broker, so the response to a valid form is 503.
        answer = client.post(reverse(name), data)
        assert_clean(answer, may=(503,), sent=str(data))

    send()


def test_any_path(client):
    @hundreds
    @given(paths, st.sampled_from(["/", "/api/", "/api/runs/", "/runs/", "/static/"]))
    def send(path, root):
        assert_clean(client.get(root + path), sent=path)
        assert_clean(client.post(f"{root}{path}/cancel/"), sent=path)

    send()


QUERY = ["page", "page_size", "cursor", "state", "testcase", "created_after", "q"]
QUERY += ["created_before", "task_list", "batch", "polls", "next", "format", "lang"]
LISTS = ["/", "/runs/", "/api/runs/", "/people/", "/jobs/active/", "/login/"]


@pytest.mark.parametrize("path", LISTS)
def test_any_query(client, no_broker, path):
    odd = ["-1", "0", "1e9", "9" * 30, "\0", "0001-01-01T00:00:00+23:59", "[[]]", "{}"]

    @hundreds
    @given(st.dictionaries(st.sampled_from(QUERY), paths | st.sampled_from(odd)))
    def send(query):
        assert_clean(client.get(path, query), sent=str(query))

    send()


@pytest.mark.parametrize(
    "beginning", ["[", '{"a":', '{"testcase":"ESG-TC02","job_data":']
)
@pytest.mark.parametrize("path", ["/", "/api/runs/"])
def test_any_depth(client, path, beginning):
    """Test JSON nested below, near and above Python's limit, closed and unclosed."""
    inner = "[" if beginning.startswith("[") else '{"a":'
    for depth in [*range(1, 100, 7), *range(900, 1100, 20), *range(2000, 12000, 500)]:
        for end in ("", "1" + ("]" if inner == "[" else "}") * depth):
            body = beginning + inner * (depth - 1) + end
            answer = client.post(path, body, content_type="application/json")
            assert_clean(answer)
            assert answer.status_code in (400, 413)


def test_any_header(client):
    names = ["Accept", "Authorization", "Idempotency-Key", "Host", "X-Forwarded-For"]
    names += ["Content-Type", "Accept-Language", "HX-Request", "Origin"]

    @hundreds
    @given(
        st.dictionaries(st.sampled_from(names), headers, max_size=4),
        st.sampled_from(["/api/runs/", "/runs/", "/"]),
    )
    def send(sent, path):
        answer = client.get(path, headers=sent)
        assert_clean(answer, sent=str(sent))
        answer = client.generic("POST", "/api/runs/", "{}", headers=sent)
        assert_clean(answer, sent=str(sent))

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
    """Yield the full routes of URL patterns, except the admin's routes."""
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield root + str(pattern.pattern)
        elif pattern.app_name != "admin":
            yield from addresses(pattern.url_patterns, root + str(pattern.pattern))


def test_every_url_answers_every_method(client, no_broker, new_run):
    run = str(uuid.uuid4())
    found = list(addresses(get_resolver().url_patterns))
    assert len(found) > 15
    for pattern in found:
        path = "/" + pattern.replace("<uuid:pk>", run).replace("<pk>", run)
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
            answer = client.generic(method, path)
            # Without a broker, some URLs, such as /readyz, return 503.
            assert_clean(answer, may=(503,))


class TestAuthorization:
    """If a login is required, forged credentials and foreign ids give no access."""

    @pytest.fixture(autouse=True)
    def locked(self, login_required):
        pass

    @pytest.mark.parametrize("action", ["", "cancel/", "retry/"])
    def test_foreign_runs_are_404(self, api, new_run, owner, stranger, action):
        run = new_run(owner=owner)
        api.force_authenticate(stranger)
        ask = api.post if action else api.get
        unknown = ask(f"/api/runs/{uuid.uuid4()}/{action}")
        foreign = ask(f"/api/runs/{run.pk}/{action}")
        # The response must not reveal that the run exists.
        assert foreign.status_code == unknown.status_code == 404
        assert foreign.content == unknown.content
        assert Run.objects.get(pk=run.pk).cancel_requested_at is None

    def test_known_ids_give_a_stranger_no_access(self, new_run, owner, stranger):
        for number in range(10):
            new_run(owner=owner, key=f"secret-{number}")
        batch = Batch.objects.create(count=50, owner=owner)
        known = [str(run.pk) for run in Run.objects.all()]
        tasks = [str(step.task_id) for step in Step.objects.all()]
        browser = Client()
        browser.force_login(stranger)
        ask = [(browser.get, f"/runs/{pk}/") for pk in known]
        for action in ("cancel/", "retry/"):
            ask += [(browser.post, f"/runs/{pk}/{action}") for pk in known]
            ask += [(browser.post, f"/api/runs/{pk}/{action}") for pk in known]
        ask += [(browser.get, f"/api/runs/{pk}/") for pk in known]
        for method, path in ask:
            answer = method(path)
            assert answer.status_code == 404, path
            assert not any(task in answer.text for task in tasks)
        for path in ("/", "/runs/", "/api/runs/", "/jobs/active/"):
            seen = browser.get(path).text
            assert not any(id in seen for id in known + tasks), path
        no_ids = [str(uuid.uuid4())]
        states = browser.get("/", {"task_list": json.dumps(tasks + no_ids)}).json()
        assert len(states) == 21
        # Another user's ids have the same state as unknown ids.
        assert len({*states.values()}) == 1
        for path in (f"/people/?batch={batch.pk}", "/people/", "/workers/"):
            assert browser.get(path).status_code == 403
        # Idempotency keys belong to a user, so another user's key starts a new run.
        job = {"testcase": "ESG-TC02", "job_data": {"div": [1, 1], "mul": [1]}}
        for number in range(10):
            mine = browser.post(
                "/api/runs/",
                job,
                content_type="application/json",
                headers={"Idempotency-Key": f"secret-{number}"},
            )
            assert mine.status_code == 202
            assert mine.json()["id"] not in known

    def test_an_almost_correct_token_is_401(self, api, owner):
        key = Token.objects.create(user=owner, key="abcdef" * 6 + "abcd").key
        api.credentials(HTTP_AUTHORIZATION=f"Token {key}")
        assert api.get("/api/workflows/").status_code == 200
        forged = [key.upper(), key.swapcase(), key[:-1], key + "a", f"{key} {key}", ""]
        for place in range(len(key)):
            forged += [
                key[:place] + c + key[place + 1 :] for c in "0aZ%" if c != key[place]
            ]
        assert len(forged) > 120
        for one in forged:
            api.credentials(HTTP_AUTHORIZATION=f"Token {one}")
            assert_problem(api.get("/api/workflows/"), 401)

    def test_any_token(self, client, owner):
        Token.objects.create(user=owner)
        schemes = st.sampled_from(["Token ", "Bearer ", "Basic ", "token", ""])

        @hundreds
        @given(schemes, headers)
        def send(scheme, key):
            answer = client.get(
                "/api/workflows/", headers={"Authorization": scheme + key}
            )
            assert answer.status_code == 401

        send()

    def test_any_session(self, client, owner):
        client.force_login(owner)
        real = client.cookies["sessionid"].value
        genuine = {"Cookie": f"sessionid={real}"}
        client.cookies.clear()
        assert client.get("/api/workflows/", headers=genuine).status_code == 200

        @hundreds
        @given(headers | st.just(real.upper()) | st.just(real[:-1]))
        def send(forged):
            # Newer versions of Python reject some of these values in client.cookies,
            # so set the header.
            answer = client.get(
                "/api/workflows/", headers={"Cookie": f"sessionid={forged}"}
            )
            assert answer.status_code == 401

        send()

    def test_an_ended_session_and_a_deleted_token_are_401(self, api, owner):
        browser = Client()
        browser.force_login(owner)
        old = browser.cookies["sessionid"].value
        assert browser.get("/api/workflows/").status_code == 200
        browser.post("/logout/")
        browser.cookies["sessionid"] = old
        assert browser.get("/api/workflows/").status_code == 401
        token = Token.objects.create(user=owner)
        api.credentials(HTTP_AUTHORIZATION=f"Token {token.key}")
        assert api.get("/api/workflows/").status_code == 200
        token.delete()
        Token.objects.create(user=owner)
        assert_problem(api.get("/api/workflows/"), 401)

    def test_the_token_of_an_inactive_user_is_401(self, api, owner):
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
            browser.cookies["csrftoken"] = "x" * 32  # the form contains no token
            assert browser.post(path, {}).status_code == 403, path
        assert Run.objects.get().cancel_requested_at is None


@pytest.mark.parametrize("path", ["/runs/", "/api/runs/"])
def test_an_unreachable_database_is_503(client, monkeypatch, path):
    def fail(*_):
        raise OperationalError("password authentication failed for user postgres")

    monkeypatch.setattr(pages.Run.objects.__class__, "full", fail)
    problem = client.get(path, headers={"accept": "application/json"})
    assert_problem(problem, 503)
    page = client.get(path, headers={"accept": "text/html"})
    assert page.status_code == 503
    assert page["Content-Type"] == "text/html; charset=utf-8"
    for answer in (problem, page):
        assert answer["Retry-After"] == "5"
        assert "password" not in answer.text


@pytest.mark.parametrize("behind_proxy", [False, True])
def test_many_requests_with_forged_addresses_are_throttled(
    api, db, monkeypatch, behind_proxy
):
    monkeypatch.setitem(PostThrottle.THROTTLE_RATES, "start", "5/min")
    # nginx appends the client's address to forged addresses.
    monkeypatch.setattr(api_settings, "NUM_PROXIES", int(behind_proxy))
    seen = ", 192.0.2.1" if behind_proxy else ""
    answers = [
        api.post("/api/runs/", {}, headers={"X-Forwarded-For": f"10.0.0.{n}{seen}"})
        for n in range(300)
    ]
    codes = [answer.status_code for answer in answers]
    assert codes == 5 * [400] + 295 * [429]
    assert int(answers[-1]["Retry-After"]) <= 60


def test_throttling_does_not_affect_other_users_and_reads(
    api, owner, stranger, monkeypatch
):
    monkeypatch.setitem(PostThrottle.THROTTLE_RATES, "start", "5/min")
    api.force_authenticate(owner)
    # The API, the pages and the jobs share one limit.
    for path in ("/", "/api/runs/", "/jobs/sample/"):
        for _ in range(100):
            last = api.post(path, {})
        assert last.status_code == 429
    assert api.get("/api/runs/").status_code == 200
    api.force_authenticate(stranger)
    assert api.post("/api/runs/", {}).status_code == 400
