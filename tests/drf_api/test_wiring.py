"""Settings, migrations, URLs and the content security policy are consistent."""

import pytest
from django.core.management import call_command


def test_the_system_checks_pass():
    call_command("check", fail_level="WARNING")


@pytest.mark.django_db
def test_every_model_has_its_migrations():
    call_command("makemigrations", "--check", "--dry-run")


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/login/", "/api/"])
def test_pages_obey_the_content_security_policy(client, address, settings):
    settings.LOGIN_REQUIRED = False
    response = client.get(address, headers={"accept": "text/html"})
    assert response.status_code == 200
    assert "default-src 'self'" in response["Content-Security-Policy"]
    assert b" style=" not in response.content
    assert b"onclick" not in response.content


def test_an_unknown_url_is_a_problem_for_api_clients(client):
    response = client.get("/api/nothing/")
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["title"] == "Not Found"
