import os

from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import BaseCommand, CommandError

NAME = "DJANGO_SUPERUSER_USERNAME"
PASSWORD = "DJANGO_SUPERUSER_PASSWORD"  # noqa: S105
EMAIL = "DJANGO_SUPERUSER_EMAIL"


class Command(BaseCommand):
    """Unlike `createsuperuser --noinput`, this command validates the password."""

    help = (
        f"Creates the first administrator from {NAME}, {PASSWORD} and {EMAIL}. "
        "Rejects a weak password. Does nothing if an administrator exists."
    )

    def handle(self, **options):
        """Create the account. Raises CommandError with the reason if creation fails."""
        users = get_user_model().objects
        if users.filter(is_superuser=True, is_active=True).exists():
            self.stdout.write("An administrator already exists.")
            return
        name, password = os.environ.get(NAME), os.environ.get(PASSWORD)
        if not name or not password:
            raise CommandError(f"Set {NAME} and {PASSWORD}.")
        if users.filter(username=name).exists():
            raise CommandError(
                f"The user {name} exists and is not an administrator. "
                f"Set {NAME} to another name."
            )
        user = get_user_model()(username=name, email=os.environ.get(EMAIL, ""))
        try:
            user.full_clean(exclude=["password"])
            validate_password(password, user)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        users.create_superuser(name, user.email, password)
        self.stdout.write(f"Created the administrator {name}.")
