"""Compare two ways to create users: in batches, and one by one with passwords."""

from uuid import uuid4

from django.contrib.auth import get_user_model
from django.core.management import BaseCommand
from django.db import connection
from django.utils.crypto import get_random_string

from people.models import LEAST
from people.users import DOMAIN, PREFIX, make_users
from tools.bench.timing import row, scratch_database, seconds, size


class Command(BaseCommand):
    """Print a table with one row."""

    help = "Time the creation of users in batches, and one by one with passwords."

    def add_arguments(self, parser):
        """Add the option for the number of users."""
        parser.add_argument("--count", type=size, default=LEAST, help="number of users")

    def handle(self, count, **options):
        """Measure on an empty database."""
        with scratch_database():
            slow = seconds(lambda: one_by_one(count))
            fast = seconds(lambda: make_users(count, seed=str(uuid4())))
            created = get_user_model().objects.count()
        assert created == 2 * count
        self.stdout.write(f"Random users, {connection.vendor}, one round")
        self.stdout.write(" users   in batches   one by one   ratio")
        self.stdout.write(row(count, fast, slow))


def one_by_one(count: int) -> None:
    """Create users as tutorials do, with a hashed password for each user."""
    for _ in range(count):
        name = PREFIX + get_random_string(10, "abcdefghijklmnopqrstuvwxyz")
        get_user_model().objects.create_user(
            name, f"{name}@{DOMAIN}", get_random_string(50)
        )
