"""The API returns errors as problem details, and its description lists each status."""

import uuid

import pytest
from django.db import DataError, OperationalError, connection
from django.db.backends.utils import CursorWrapper
from django.test import Client
from django.utils.translation import trans_real
from drf_spectacular.generators import SchemaGenerator

from tests.support.drf_api import assert_problem
from web.problems import phrase
from web.throttling import PostThrottle
from workflows.testcases import example

pytestmark = pytest.mark.django_db

OPERATIONS = {
    (path, method.upper()): operation
    for path, operations in SchemaGenerator().get_schema(public=True)["paths"].items()
    for method, operation in operations.items()
}
CHANGES = [(path, method) for path, method in OPERATIONS if method == "POST"]
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
of_all = pytest.mark.parametrize(("path", "method"), OPERATIONS)
of_changes = pytest.mark.parametrize(("path", "method"), CHANGES)


@pytest.mark.parametrize(
    ("code", "name"),
    [(404, "Not Found"), (413, "Content Too Large"), (422, "Unprocessable Content")],
)
def test_the_names_of_statuses_are_those_of_rfc_9110(code, name):
    assert phrase(code) == name


def ask(client, path, method, body="", kind="application/json", **headers):
    """Send a request that must fail, and check that the schema lists the problem."""
    address = path.replace("{id}", str(uuid.uuid4()))
    answer = client.generic(method, address, body, kind, headers=headers)
    described = OPERATIONS[path, method]["responses"][str(answer.status_code)]
    assert list(described["content"]) == [answer["Content-Type"]]
    fields = {error["field"] for error in answer.json()["errors"]}
    assert_problem(answer, answer.status_code, *fields)
    return answer


@of_all
def test_anonymous(client, login_required, path, method):
    assert ask(client, path, method).status_code == 401


@of_all
def test_an_unsupported_media_type_in_accept(client, path, method):
    assert ask(client, path, method, accept="image/png").status_code == 406


@of_all
def test_a_body_that_is_too_large(client, path, method):
    assert ask(client, path, method, body="x" * 65 * 1024).status_code == 413


@of_all
def test_a_database_that_is_down(client, owner, path, method, monkeypatch):
    def fail(*_):
        raise OperationalError("no route to postgres://user:word@host")

    client.force_login(owner)  # so that each request reads the database
    monkeypatch.setattr(CursorWrapper, "execute", fail)
    answer = ask(client, path, method)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert "word" not in answer.text


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_missing_column_is_not_an_unreachable_database(client, method, caplog):
    with connection.cursor() as cursor:  # rolled back at the end of the test
        cursor.execute("ALTER TABLE workflows_run RENAME COLUMN ended_as TO seen")
    client.raise_request_exception = False
    start = {"testcase": "ESG-TC02", "job_data": example("ESG-TC02")}
    data = start if method == "post" else None
    answer = getattr(client, method)(
        "/api/runs/", data, content_type="application/json"
    )
    assert answer.status_code == 500
    assert "Traceback" in caplog.text


@pytest.mark.parametrize("path", ["/login/", "/admin/login/", "/api/runs/", "/"])
@pytest.mark.parametrize("charset", ["zlib", "punycode", "undefined", "latin-1"])
def test_a_body_in_another_encoding(client, path, charset):
    kind = f"multipart/form-data; boundary=x; charset={charset}"
    body = '--x\r\nContent-Disposition: form-data; name="username"\r\n\r\na\r\n--x--'
    answer = client.generic("POST", path, body, kind)
    assert answer.status_code == 415
    assert answer.json()["detail"] == "The body must be UTF-8."


def test_no_schema_is_cached_by_language(client):
    before = len(trans_real._translations)
    assert client.get("/api/schema/?lang=de-x").status_code == 200
    assert len(trans_real._translations) == before


def test_the_error_page_needs_no_database(client, owner, monkeypatch):
    def broken(*_):
        raise DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")

    client.force_login(owner)
    client.raise_request_exception = False
    monkeypatch.setattr(CursorWrapper, "execute", broken)
    page = client.get("/runs/", headers={"accept": "text/html,*/*;q=0.8"})
    assert page.status_code == 500
    assert "500 Internal Server Error" in page.text
    assert "An internal error occurred." in page.text
    assert "<nav" not in page.text


@pytest.mark.parametrize("cookie", ["sessionid", "csrftoken", "other"])
def test_a_cookie_with_a_nul(client, cookie):
    # Web servers reject a NUL, but Django decodes this escape sequence to NUL.
    headers = {"cookie": f'{cookie}="abcdefgh\\000ijkl"'}
    assert_problem(client.get("/api/runs/", headers=headers), 400)


def test_a_url_with_a_nul(client):
    assert_problem(client.get("/admin/workflows/run/a%00b/change/"), 400)


def test_an_unreachable_database_is_logged(client, monkeypatch, caplog):
    def fail(*_):
        raise OperationalError("database is locked")

    monkeypatch.setattr(CursorWrapper, "execute", fail)
    assert client.get("/api/runs/").status_code == 503
    assert "Traceback" in caplog.text


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
@pytest.mark.parametrize("path", ["/nothing/", "/api/nothing/"])
def test_errors_vary_on_accept(client, path, accept):
    assert "Accept" in client.get(path, headers={"accept": accept})["Vary"]


@of_changes
def test_a_session_without_its_csrf_token(owner, path, method):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(owner)
    assert ask(browser, path, method).status_code == 403


@of_changes
def test_too_many_requests(client, path, method, monkeypatch):
    for scope in ("start", "change"):
        monkeypatch.setitem(PostThrottle.THROTTLE_RATES, scope, "0/min")
    answer = ask(client, path, method)
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 60


@pytest.mark.parametrize("debug", [True, False])
@of_changes
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", "no boundary"),
        ("application/x-www-form-urlencoded", "a=b&" * 2000),
    ],
)
def test_a_malformed_form(owner, settings, path, method, kind, body, debug):
    settings.DEBUG = debug
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(owner)
    browser.cookies["csrftoken"] = "x" * 32  # the CSRF check parses the form
    assert ask(browser, path, method, body, kind).status_code == 400


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/api/nothing/", "/api/runs", "/api/runs/x/"])
def test_an_unknown_operation(settings, debug, method, path):
    settings.DEBUG = debug
    client = Client(enforce_csrf_checks=True)
    assert_problem(client.generic(method, path), 404)
    page = client.generic(method, path, headers=BROWSER)
    assert page.status_code == 404
    assert "The API has no such URL." in page.text


@pytest.mark.parametrize("debug", [True, False])
def test_a_missing_slash_redirects_only_reads(client, settings, debug):
    settings.DEBUG = debug
    assert client.get("/jobs")["Location"] == "/jobs/"
    assert client.post("/runs/start").status_code == 404
    assert_problem(client.post("/jobs/sample"), 404)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/runs/", "GET"),
        ("GET", "/runs/start/", "POST"),
        ("DELETE", "/jobs/", "GET, POST"),
        ("PUT", "/healthz", "GET, HEAD"),
    ],
)
def test_an_unsupported_method(client, method, path, allowed):
    program = client.generic(method, path)
    assert_problem(program, 405)
    page = client.generic(method, path, headers={"accept": "text/html,*/*;q=0.8"})
    assert page.status_code == 405
    assert "405 Method Not Allowed" in page.text
    assert program["Allow"] == page["Allow"] == allowed
