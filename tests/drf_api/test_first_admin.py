"""The first_admin command creates an administrator from environment variables."""

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

pytestmark = pytest.mark.django_db
User = get_user_model()


@pytest.fixture
def account(monkeypatch):
    """Return a function that sets the variables of the first administrator."""

    def set_variables(**variables):
        for name in ("username", "password", "email"):
            monkeypatch.delenv(f"DJANGO_SUPERUSER_{name.upper()}", raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(f"DJANGO_SUPERUSER_{name.upper()}", value)

    return set_variables


def test_it_creates_the_administrator_once(account, capsys):
    account(username="root", password="seven-Green-leaves", email="root@example.com")
    call_command("first_admin")
    user = User.objects.get()
    assert user.is_superuser
    assert user.is_staff
    assert user.check_password("seven-Green-leaves")
    assert user.email == "root@example.com"
    call_command("first_admin")
    assert User.objects.count() == 1
    output = capsys.readouterr().out
    assert "An administrator already exists." in output
    assert "seven-Green-leaves" not in output


@pytest.mark.parametrize("password", ["password1", "1234567890", "root-root", "Gr33n!"])
def test_it_rejects_a_weak_password(account, password):
    account(username="root-root", password=password)
    with pytest.raises(CommandError) as refused:
        call_command("first_admin")
    assert password not in str(refused.value)
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"username": "r" * 200}, "at most 150 characters"),
        ({"username": "the root"}, "valid username"),
        ({"username": "root", "email": "nowhere"}, "valid email address"),
    ],
)
def test_it_rejects_invalid_fields(account, given, message):
    account(password="seven-Green-leaves", **given)
    with pytest.raises(CommandError, match=message):
        call_command("first_admin")
    assert not User.objects.exists()


@pytest.mark.parametrize("given", [{}, {"username": "root"}, {"password": "x"}])
def test_it_names_missing_variables(account, given):
    account(**given)
    with pytest.raises(CommandError, match="DJANGO_SUPERUSER_USERNAME"):
        call_command("first_admin")


def test_it_does_not_promote_an_existing_user(account):
    User.objects.create_user("root")
    account(username="root", password="seven-Green-leaves")
    with pytest.raises(CommandError, match="is not an administrator"):
        call_command("first_admin")
    assert not User.objects.filter(is_superuser=True).exists()
