"""Random users, made in batches. Nothing here knows of Celery."""

import random
import string
from collections.abc import Callable

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password

PREFIX = "user_"
DOMAIN = "example.com"
SIZE = 25  # rows in one INSERT, and one step of the progress


def names(count: int, seed: str) -> list[str]:
    """Return random names, always the same ones for the same seed.

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
    """Make `count` users whose names follow from `seed`; return how many there are.

    Called again with the same seed it makes those that are missing, so that none is
    made twice, even by two callers at the same time. `report` is told after every
    batch how many are done.

    These accounts cannot log in, because their passwords are unusable. This also avoids
    hashing, the slow part of creating a user.
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
            ignore_conflicts=True,  # made before, by the same task delivered twice
        )
        report(start + len(batch))
    return user_model.objects.filter(username__in=wanted).count()


def made_users():
    """Return the users that were made here, the newest first."""
    return (
        get_user_model()
        .objects.filter(username__startswith=PREFIX, email__endswith=f"@{DOMAIN}")
        .order_by("-pk")
    )
