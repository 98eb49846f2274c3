"""Settings from the environment: `flag("DEBUG")`, `words("ALLOWED_HOSTS")`."""

import os

from django.core.exceptions import ImproperlyConfigured

YES = {"1", "true", "yes", "on"}
NO = {"0", "false", "no", "off", ""}


def flag(name: str, default: bool = False) -> bool:
    """Return a yes or no; anything else raises ImproperlyConfigured."""
    value = os.environ.get(name, str(default)).strip().lower()
    if value not in YES | NO:
        raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}")
    return value in YES


def number(name: str, default: float) -> float:
    """Return a number that is not negative."""
    value = os.environ.get(name, "").strip() or str(default)
    try:
        found = float(value)
    except ValueError:
        found = -1
    if not 0 <= found < float("inf"):
        raise ImproperlyConfigured(f"{name} must be a number, not {value!r}")
    return found


def words(name: str) -> list[str]:
    """Return what stands between the commas."""
    return [
        word for part in os.environ.get(name, "").split(",") if (word := part.strip())
    ]


def required(name: str, default: str | None) -> str:
    """Return the variable, or the default; without either, refuse to start."""
    value = os.environ.get(name, "").strip() or default
    if not value:
        raise ImproperlyConfigured(f"With DEBUG off, {name} must be set")
    return value
