"""Browsers get error pages that explain the cause."""

import json
import re

import pytest
from django.db import OperationalError
from django.db.backends.utils import CursorWrapper
from django.test import Client

from sprout.days import ROOT
from taskrunner.env import Environment
from tests.support.drf_api import assert_problem

pytestmark = pytest.mark.django_db

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
RUN = '{"testcase": "ESG-TC02", "job_data": {"div": [4, 2], "mul": [3]}}'


@pytest.fixture
def browser() -> Client:
    """Return a client that accepts HTML and enforces CSRF checks."""
    return Client(enforce_csrf_checks=True, headers=BROWSER)


def assert_page(response, status: int, *words: str) -> None:
    """Check that an error response is a page of the site with these words."""
    assert response.status_code == status
    assert response["Content-Type"].startswith("text/html")
    assert "app.css" in response.text
    assert f"<h1>{status} " in response.text
    for each in words:
        assert each in response.text


# Error pages for browsers


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize(
    "path", ["/nothing/", "/runs/9f0c6f5e-1f9e-4d66-a1ba-b03d63d4f1a0/", "/nothing"]
)
def test_a_404_is_the_same_page_with_debug(browser, settings, debug, path):
    settings.DEBUG = debug
    response = browser.get(path)
    assert_page(response, 404, "No page has this URL.", "<nav")


@pytest.mark.parametrize("path", ["/", "/api/runs/", "/jobs/", "/admin/"])
@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (413, {}, b"x" * 65 * 1024),
        (411, {"transfer-encoding": "chunked"}, b""),
        (400, {"cookie": 'other="a\\000b"'}, b""),
    ],
)
def test_an_error_of_the_middleware_is_a_page(browser, path, status, headers, body):
    kind = "application/x-www-form-urlencoded"
    answer = browser.generic("POST", path, body, kind, headers=headers)
    assert_page(answer, status)


def test_another_encoding_is_a_page(browser):
    kind = "application/x-www-form-urlencoded; charset=latin-1"
    assert_page(browser.generic("POST", "/jobs/", b"a=b", kind), 415)


def test_a_database_that_is_down_is_a_page(browser, monkeypatch):
    def down(*_):
        raise OperationalError("no route to postgres://user:word@host")

    monkeypatch.setattr(CursorWrapper, "execute", down)
    response = browser.get("/runs/")
    assert_page(response, 503, "The database is unreachable. Try again later.")
    assert response["Retry-After"] == "5"
    assert "word" not in response.text


def test_errors_of_the_api_are_pages_in_a_browser_and_problems_elsewhere(browser):
    assert_page(browser.get("/api/runs/?state=lost"), 400, "<code>state</code>")
    assert_problem(Client().get("/api/runs/?state=lost"), 400, "state")


# Django's debug page


def test_the_debug_page_has_a_policy_that_permits_its_style(browser, settings):
    def broken(*_):
        raise ZeroDivisionError

    settings.DEBUG = True
    browser.raise_request_exception = False
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("workflows.pages.Paginator", broken)
        response = browser.get("/runs/")
    assert response.status_code == 500
    assert "<style>" in response.text
    policy = response["Content-Security-Policy"]
    assert "style-src 'unsafe-inline'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in browser.get("/runs/")["Content-Security-Policy"]


# A browser at the API


def test_a_browser_reads_the_api(browser, new_run):
    run = new_run()
    page = browser.get("/api/runs/")
    assert page["Content-Type"] == "text/html; charset=utf-8"
    link = re.search(f'<a href="([^"]*/api/runs/{run.pk}/)">', page.text)[1]
    assert "<nav" in page.text
    assert "ESG-TC02" in browser.get(link).text


def test_the_page_of_the_api_escapes_markup(browser, new_run):
    run = new_run()
    run.steps.update(name='<script>"https://x" onclick="')
    text = browser.get(f"/api/runs/{run.pk}/").text
    assert "<script>&quot;" not in text
    assert "&lt;script&gt;" in text


def test_the_api_answers_json_unless_html_is_accepted(client):
    for headers in ({}, {"accept": "*/*"}, {"accept": "application/json"}):
        response = client.get("/api/runs/", headers=headers)
        assert response["Content-Type"] == "application/json"
        assert "Accept" in response["Vary"]


# Forms from another origin


def form(browser, **headers):
    """Send the form that starts a run, with a valid CSRF token."""
    browser.get("/")
    token = browser.cookies["csrftoken"].value
    data = {"csrfmiddlewaretoken": token, "testcase": "ESG-TC02"}
    data |= {"div": ["4", "2"], "mul": "3"}
    return browser.post("/runs/start/", data, headers=headers)


FORWARDED = "https://name-8000.app.github.dev"


def test_the_error_for_a_forwarded_port_names_the_setting(browser):
    answer = form(browser, origin=FORWARDED)
    assert_page(answer, 403, f"comes from {FORWARDED}")
    assert f"set CSRF_TRUSTED_ORIGINS={FORWARDED} and restart" in answer.text
    assert "has expired" not in answer.text


def test_a_form_from_a_trusted_origin_is_accepted(browser, settings):
    settings.CSRF_TRUSTED_ORIGINS = [FORWARDED]
    assert form(browser, origin=FORWARDED).status_code == 302


def test_the_devcontainer_trusts_the_addresses_of_its_ports(browser, settings):
    file = ROOT / ".devcontainer" / "devcontainer.json"
    variables = json.loads(file.read_text(encoding="utf-8"))["containerEnv"]
    read = Environment().load(variables)
    settings.ALLOWED_HOSTS = ["testserver", *read["ALLOWED_HOSTS"]]
    settings.CSRF_TRUSTED_ORIGINS = read["CSRF_TRUSTED_ORIGINS"]
    for host in ("name-8000.app.github.dev", "8000-name.ws-eu1.gitpod.io"):
        for named in ("localhost:8000", host):  # a proxy may send either host name
            headers = {"origin": f"https://{host}", "host": named}
            assert form(browser, **headers).status_code == 302


def test_a_form_without_its_token_has_expired(browser):
    answer = browser.post("/runs/start/", {"testcase": "ESG-TC02"})
    assert_page(answer, 403, "The form has expired. Reload its page and send it again.")


@pytest.mark.parametrize("origin", ["null", "nonsense"])
def test_a_form_without_a_valid_origin(browser, origin):
    answer = form(browser, origin=origin)
    assert_page(answer, 403, "no valid Origin or Referer header")


def test_the_referer_replaces_a_missing_origin_with_https(browser):
    browser.get("/", secure=True)
    data = {"csrfmiddlewaretoken": browser.cookies["csrftoken"].value}
    headers = {"referer": "https://elsewhere.example/page?secret"}
    answer = browser.post("/jobs/", data, secure=True, headers=headers)
    assert_page(answer, 403, "comes from https://elsewhere.example, which")
    assert "secret" not in answer.text


def test_the_error_of_the_api_names_the_setting(owner):
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    headers = {"origin": FORWARDED}
    answer = client.post("/api/runs/", RUN, "application/json", headers=headers)
    assert_problem(answer, 403)
    assert "CSRF_TRUSTED_ORIGINS" in answer.json()["detail"]


def test_a_host_that_is_not_allowed_is_a_clear_error(browser, settings):
    settings.ALLOWED_HOSTS = ["sprout.example"]
    answer = browser.get("/", headers={"host": "10.0.0.7"})
    assert_page(answer, 400, "not in ALLOWED_HOSTS")


# Probes


@pytest.mark.parametrize("host", ["10.0.0.7:8000", "a_pod", "x" * 300])
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_can_send_any_host_header(client, settings, monkeypatch, host, path):
    settings.ALLOWED_HOSTS = ["sprout.example"]
    monkeypatch.setattr("monitor.views.missing", dict)
    assert client.get(path, headers={"host": host}).status_code == 200
    assert client.get("/runs/", headers={"host": host}).status_code == 400


# Bodies and queries whose default errors would be misleading


def test_a_chunked_body_is_rejected(client):
    headers = {"transfer-encoding": "chunked"}
    answer = client.generic(
        "POST", "/api/runs/", b"", "application/json", headers=headers
    )
    assert_problem(answer, 411)
    assert "Content-Length" in answer.json()["detail"]


@pytest.mark.parametrize(
    "kind", ["", "application/x-www-form-urlencoded", "text/plain"]
)
@pytest.mark.parametrize("path", ["/", "/api/runs/"])
@pytest.mark.parametrize("body", [RUN, f" {RUN}", '{"a": "&=%"}', "[1]"])
def test_json_without_its_content_type(client, kind, path, body):
    answer = client.generic("POST", path, body, kind)
    assert_problem(answer, 415)
    assert "Content-Type: application/json" in answer.json()["detail"]


@pytest.mark.parametrize("name", ["created_after", "created_before"])
def test_an_unencoded_plus_sign_in_a_url(client, name):
    answer = client.get(f"/api/runs/?{name}=2026-11-28T12:00:00+00:00")
    assert_problem(answer, 400, name)
    assert "write + as %2B" in answer.json()["detail"]
    right = client.get(f"/api/runs/?{name}=2026-11-28T12:00:00%2B00:00")
    assert right.status_code == 200
    assert client.get(f"/api/runs/?{name}=2026-11-28 12:00").status_code == 200
