"""The API conforms to its OpenAPI description."""

import pytest
import requests
import schemathesis
from django.core.management import call_command
from hypothesis import given, settings
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from tests.support.application import site
from tests.support.drf_api import repeatable


def test_the_description_is_valid_without_a_warning(tmp_path):
    call_command(
        "spectacular",
        "--validate",
        "--fail-on-warn",
        "--file",
        str(tmp_path / "schema.yml"),
    )


@pytest.fixture(scope="module")
def description(redis, tmp_path_factory):
    """Return the OpenAPI description from a running server without workers."""
    with site(redis.url(12), tmp_path_factory.mktemp("schema")) as served:
        yield schemathesis.openapi.from_url(f"{served.address}/api/schema/")


OPERATIONS = [
    ("/", "GET"),
    ("/", "POST"),
    ("/api/workflows/", "GET"),
    ("/api/runs/", "GET"),
    ("/api/runs/", "POST"),
    ("/api/runs/{id}/", "GET"),
    ("/api/runs/{id}/cancel/", "POST"),
    ("/api/runs/{id}/retry/", "POST"),
    ("/jobs/sample/", "POST"),
]


@pytest.fixture(scope="module")
def session():
    with requests.Session() as session:
        session.trust_env = False  # no proxy
        yield session


def validate(operation, session, mode=schemathesis.GenerationMode.POSITIVE):
    """Send many generated requests, and validate every response."""

    @settings(repeatable, max_examples=2 * settings.default.max_examples)
    @given(operation.as_strategy(generation_mode=mode))
    def send(case):
        response = case.call(session=session)
        # In development, no operation requires a login.
        excluded = [ignored_auth]
        if response.status_code == 422:  # valid data with a used key
            excluded.append(positive_data_acceptance)
        case.validate_response(response, excluded_checks=excluded)

    send()


@pytest.mark.stack
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_response_is_documented(description, session, path, method):
    validate(description[path][method], session)


@pytest.mark.stack
@pytest.mark.parametrize("path", ["/", "/api/runs/"])
def test_bad_requests_are_rejected(description, session, path):
    validate(description[path]["POST"], session, schemathesis.GenerationMode.NEGATIVE)


@pytest.mark.stack
def test_the_description_has_every_operation(description):
    described = {
        (path, method.upper())
        for path, item in description.raw_schema["paths"].items()
        for method in item
        if path != "/api/schema/"
    }
    assert described == set(OPERATIONS)
