"""Create random users in batches."""

import random
import string
from collections.abc import Callable

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password

PREFIX = "user_"
DOMAIN = "example.com"
SIZE = 25  # rows per INSERT, and users between two progress reports


def names(count: int, seed: str) -> list[str]:
    """Return random names. The same seed always gives the same names.

    >>> names(2, "a") == names(2, "a")
    True
    """
    chance = random.Random(seed)  # noqa: S311, a name is no secret
    return [
        PREFIX + "".join(chance.choices(string.ascii_lowercase, k=10))
        for _ in range(count)
    ]


def make_users(
    count: int, seed: str, report: Callable[[int], None] = lambda done: None
) -> int:
    """Create `count` users with names derived from `seed`; return how many exist.

    Idempotent: a second call with the same seed creates only the missing users, even if
    both calls run concurrently. Calls `report` with the number of created users after
    each INSERT.

    The users cannot log in, because their passwords are unusable. Hashing passwords
    would be slow.
    """
    user_model = get_user_model()
    wanted = names(count, seed)
    for start in range(0, count, SIZE):
        batch = wanted[start : start + SIZE]
        user_model.objects.bulk_create(
            (
                user_model(
                    username=name,
                    email=f"{name}@{DOMAIN}",
                    password=make_password(None),
                )
                for name in batch
            ),
            ignore_conflicts=True,  # users from an earlier delivery of the task
        )
        report(start + len(batch))
    return user_model.objects.filter(username__in=wanted).count()


def generated_users():
    """Return the users that `make_users` created, newest first."""
    return (
        get_user_model()
        .objects.filter(username__startswith=PREFIX, email__endswith=f"@{DOMAIN}")
        .order_by("-pk")
    )
