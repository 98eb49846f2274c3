"""Login on the page and in the admin: successful, failed and throttled attempts."""

import pytest
from django.core.cache import cache

pytestmark = pytest.mark.django_db
ADDRESSES = ["/login/", "/admin/login/"]
RIGHT = {"username": "staff", "password": "a-Long-pass-1"}
WRONG = RIGHT | {"password": "wrong"}
BROWSER = {"accept": "text/html,*/*;q=0.8"}


def tries(client, address, *forms, **more):
    """Return the statuses of successive login attempts."""
    return [
        client.post(address, form, headers=BROWSER, **more).status_code
        for form in forms
    ]


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_correct_password_logs_in(client, staff, address):
    assert tries(client, address, WRONG, RIGHT) == [200, 302]
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_has_ten_attempts_a_minute(client, staff, address):
    names = [WRONG | {"username": f"user-{n}"} for n in range(11)]
    assert tries(client, address, *names) == 10 * [200] + [429]
    # Both login pages now reject even the correct password.
    assert [tries(client, each, RIGHT) for each in ADDRESSES] == [[429], [429]]
    refused = client.post(address, RIGHT, headers=BROWSER)
    assert 0 < int(refused["Retry-After"]) <= 60
    assert "Too many requests. Wait a minute." in refused.text
    assert client.get(address).status_code == 200
    assert tries(client, address, RIGHT, REMOTE_ADDR="10.0.0.1") == [302]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_user_name_has_thirty_attempts_a_minute(client, staff, address):
    names = ["staff", " staff", "\uff53taff"]  # the letter s in full width
    right = [RIGHT | {"username": name} for name in names]
    assert tries(client, address, *right) == 3 * [302]  # three forms of the same name
    client.logout()  # otherwise, the throttle counts by user instead of address
    cache.clear()
    for n, name in enumerate(names):
        wrong = WRONG | {"username": name}
        where = {"REMOTE_ADDR": f"10.0.0.{n}"}
        assert tries(client, address, *10 * [wrong], **where) == 10 * [200]
    assert tries(client, address, WRONG, REMOTE_ADDR="10.0.0.9") == [429]
    assert tries(client, address, WRONG | {"username": "ada"}) == [200]


def test_one_address_cannot_lock_out_a_user(client, staff):
    assert tries(client, "/login/", *50 * [WRONG])[-1] == 429
    assert tries(client, "/login/", RIGHT, REMOTE_ADDR="10.0.0.1") == [302]


def test_a_thousand_addresses_do_not_evict_a_count(client, staff):
    assert tries(client, "/login/", *11 * [{}])[-1] == 429
    for n in range(1000):
        cache.set(f"throttle_login_{n}", [], 60)
    assert tries(client, "/login/", {}) == [429]


def test_the_limit_ends_after_a_minute(client, staff, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(
        "rest_framework.throttling.SimpleRateThrottle.timer", lambda self: now[0]
    )
    assert tries(client, "/login/", *11 * [WRONG])[-1] == 429
    now[0] += 61
    assert tries(client, "/login/", RIGHT) == [302]


@pytest.mark.parametrize("name", ["", "a b", "é" * 300, "\0"])
def test_attempts_with_any_name_are_counted(client, name):
    assert tries(client, "/login/", WRONG | {"username": name}) == [200]


@pytest.mark.parametrize("required", [False, True])
@pytest.mark.parametrize("who", [None, "stranger", "staff"])
def test_pages_link_only_to_permitted_pages(client, request, settings, required, who):
    settings.LOGIN_REQUIRED = required
    if who:
        client.force_login(request.getfixturevalue(who))
    page = client.get("/", follow=True, headers=BROWSER).text
    for address in ("/people/", "/workers/"):
        allowed = client.get(address, headers=BROWSER).status_code == 200
        assert (f'href="{address}"' in page) == allowed


def test_an_error_page_does_not_need_the_user(client, settings):
    settings.ALLOWED_HOSTS, settings.LOGIN_REQUIRED = ["here"], True
    page = client.get("/", headers=BROWSER | {"host": "elsewhere"})
    assert page.status_code == 400
    assert "<nav" in page.text
