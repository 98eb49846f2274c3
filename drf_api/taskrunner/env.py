"""Settings from the environment: `flag("DEBUG")`, `words("ALLOWED_HOSTS")`."""

import os
import re

from django.core.exceptions import ImproperlyConfigured

YES = {"1", "true", "yes", "on"}
NO = {"0", "false", "no", "off", ""}
WEEK = 7 * 24 * 3600


def flag(name: str, default: bool = False) -> bool:
    """Return a yes or no; anything else raises ImproperlyConfigured."""
    value = os.environ.get(name, str(default)).strip().lower()
    if value not in YES | NO:
        raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}")
    return value in YES


def seconds(
    name: str, default: float, least: float = 0, most: float = WEEK, why: str = ""
) -> float:
    """Return a number of seconds; refusing one beyond the limits ends with `why`."""
    value = os.environ.get(name, "").strip() or str(default)
    try:
        found = float(value)
    except ValueError:
        found = float("nan")
    if not least <= found <= most:
        limits = f"from {least:g} to {most:g} seconds"
        raise ImproperlyConfigured(f"{name} must be {limits}, not {value!r}{why}")
    return found


def rate(name: str, default: str) -> str:
    """Return a number of requests a second, minute, hour or day: `60/min`."""
    value = os.environ.get(name, "").strip() or default
    if not re.fullmatch(r"\d+/(s|sec|m|min|h|hour|d|day)", value):
        raise ImproperlyConfigured(f"{name} must be like 60/min, not {value!r}")
    return value


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
