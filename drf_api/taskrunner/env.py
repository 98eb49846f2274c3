"""The environment variables, with their types, defaults, limits and descriptions.

`read()` returns the values. If variables are invalid, `read()` prints a sentence for
each of these variables and exits. The sentences contain no secrets. `rows()` is the
source of the tables in the README and on the site.
"""

import os
import re
import sys
from typing import Any
from urllib.parse import SplitResult, urlsplit

from marshmallow import (
    EXCLUDE,
    Schema,
    ValidationError,
    fields,
    post_load,
    pre_load,
    validates_schema,
)
from marshmallow.validate import Range, Regexp

WEEK = 7 * 24 * 3600  # seconds
# These variables have no default with DEBUG=0.
REQUIRED = ("SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL")
# Error messages do not show these values.
SECRETS = ("SECRET_KEY", "DATABASE_URL", "CELERY_BROKER_URL", "FLOWER_BASIC_AUTH")
# Celery would use these variables instead of CELERY_BROKER_URL.
REFUSED = ("CELERY_BROKER_READ_URL", "CELERY_BROKER_WRITE_URL")
# Valkey uses Redis's protocol.
BROKERS = {
    "redis": "redis",
    "rediss": "rediss",
    "valkey": "redis",
    "valkeys": "rediss",
    "amqp": "amqp",
    "amqps": "amqps",
}
DATABASES = ("sqlite", "postgres", "postgresql")
ENCODED = (
    "a URL whose special characters are percent-encoded: in a password, "
    "write # as %23, / as %2F, ? as %3F, @ as %40 and [ as %5B"
)


# The message of each ValidationError completes the sentence "NAME must be ...".


def alternatives(schemes: tuple[str, ...]) -> str:
    """Return the schemes as a phrase: `redis://, rediss:// or amqp://`."""
    *most, last = [f"{scheme}://" for scheme in schemes]
    return f"{', '.join(most)} or {last}"


def split(url: str, schemes: tuple[str, ...]) -> SplitResult:
    """Split a URL into its parts. Raises ValidationError if the URL is malformed.

    The message contains only the scheme, because other parts may contain a password.
    """
    scheme, separator, _ = url.partition("://")
    if not separator or scheme not in schemes:
        named = separator and re.fullmatch(r"[a-z+]+", scheme)
        given = f", not with {scheme}://" if named else ""
        raise ValidationError(f"a URL that begins with {alternatives(schemes)}{given}")
    try:
        parts = urlsplit(url)
    except ValueError:  # brackets without an IPv6 address
        raise ValidationError(ENCODED) from None
    after_host = url.partition("://")[2][len(parts.netloc) :]
    if "#" in url or "@" in after_host or not url.isprintable() or " " in url:
        raise ValidationError(ENCODED)
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise ValidationError("a URL whose port is a number from 1 to 65535")
    return parts


def broker(url: str) -> None:
    """Raise ValidationError if a URL does not name a supported broker."""
    parts = split(url, tuple(BROKERS))
    if not parts.hostname:
        raise ValidationError("a URL that names a host")
    if parts.query:
        raise ValidationError("a URL without a query (?...)")
    redis = BROKERS[parts.scheme].startswith("redis")
    if redis and not re.fullmatch(r"(/[0-9]*)?", parts.path):
        raise ValidationError("a URL that ends with a database number, such as /0")


def database(url: str) -> None:
    """Raise ValidationError if a URL does not name a supported database."""
    parts = split(url, DATABASES)
    if parts.scheme == "sqlite":
        if parts.netloc or len(parts.path) < 2:
            raise ValidationError("a URL like sqlite:///file, with three slashes")
    elif len(parts.path) < 2:
        raise ValidationError("a URL that ends with the name of a database")


class WordList(fields.Field[list[str]]):
    """A comma-separated list of words that match `pattern`."""

    def __init__(self, pattern: str, **options: Any) -> None:
        super().__init__(**options)
        self.pattern = pattern

    def _deserialize(self, value: str, *_: Any, **__: Any) -> list[str]:
        words = [word for part in value.split(",") if (word := part.strip())]
        if not all(re.fullmatch(self.pattern, word) for word in words):
            raise ValidationError(self.metadata["allowed"])
        return words


def variable(
    field: type[fields.Field], default: Any, allowed: str, about: str, **options: Any
) -> Any:
    """Declare a variable. `allowed` describes its values in tables and errors."""
    kinds = ("invalid", "special", "too_large")
    return field(
        load_default=default,
        error_messages=dict.fromkeys(kinds, allowed),
        metadata={"allowed": allowed, "about": about},
        **options,
    )


def flag(default: bool, about: str) -> Any:
    """Declare a variable with the value 1 or 0."""
    return variable(fields.Boolean, default, "1 or 0", about)


def seconds(kind: type[fields.Field], default: int, least: int, about: str) -> Any:
    """Declare a variable in seconds, from `least` to a week."""
    whole = "a whole number" if kind is fields.Integer else "a number"
    allowed = f"{whole} of seconds from {least} to {WEEK}"
    limits = Range(least, WEEK, error=allowed)
    return variable(kind, default, allowed, about, validate=limits)


def rate(default: str, about: str) -> Any:
    """Declare a rate of requests per second, minute, hour or day."""
    allowed = "a number per second, minute, hour or day, such as 60/min"
    pattern = r"[1-9][0-9]*/(s|sec|m|min|h|hour|d|day)\Z"
    limits = Regexp(pattern, error=allowed)
    return variable(fields.String, default, allowed, about, validate=limits)


class Environment(Schema):
    """The variables, in the order of the README's table."""

    class Meta:
        unknown = EXCLUDE

    DEBUG = flag(
        True, "0 in production: users must log in, and errors show no source code."
    )
    SECRET_KEY = variable(
        fields.String,
        "insecure-development-key",
        "a secret",
        "The key that signs sessions. Required with `DEBUG=0`.",
    )
    ALLOWED_HOSTS = variable(
        WordList,
        [".localhost", "127.0.0.1", "[::1]"],
        "comma-separated host names without scheme or port",
        "The host names of the application. Required with `DEBUG=0`.",
        pattern=r"\*|\.?[\w.-]+|\[[0-9a-fA-F:.]+\]",
    )
    DATABASE_URL = variable(
        fields.String,
        "sqlite:///db.sqlite3",
        "sqlite:///file or postgres://user:password@host/name",
        "The database. Relative paths are resolved from `drf_api`. Required with "
        "`DEBUG=0`.",
        validate=database,
    )
    CELERY_BROKER_URL = variable(
        fields.String,
        "redis://localhost:6379/0",
        f"a URL that begins with {alternatives(tuple(BROKERS))}",
        "The broker. `rediss`, `valkeys` and `amqps` verify the server's certificate; "
        "`SSL_CERT_FILE` names your own certificate authority.",
        validate=broker,
    )
    CSRF_TRUSTED_ORIGINS = variable(
        WordList,
        [],
        "comma-separated origins such as https://sprout.example",
        "Additional trusted origins of forms, such as the address of a forwarded port.",
        pattern=r"https?://(\*\.)?[\w.-]+(:[0-9]{1,5})?",
    )
    BEHIND_PROXY = flag(
        False,
        "1 if a proxy sets `X-Forwarded-Proto` and `X-Forwarded-For`.",
    )
    TASK_TIME_LIMIT = seconds(fields.Integer, 50, 1, "The hard time limit of tasks.")
    VISIBILITY_TIMEOUT = seconds(
        fields.Integer,
        60,
        2,
        "The time after which Redis redelivers an unacknowledged message. Must be "
        "longer than `TASK_TIME_LIMIT`.",
    )
    RESCUE_EVERY = seconds(
        fields.Integer,
        20,
        1,
        "The interval of the search for lost messages. Run `migrate` after changing "
        "this variable.",
    )
    STUCK_AFTER = seconds(
        fields.Float,
        30,
        2,
        "The time after which a message counts as lost if its task has not started. "
        "Must be longer than `RESCUE_EVERY`.",
    )
    STEP_SECONDS = seconds(
        fields.Float,
        1,
        0,
        "The simulated duration of a step. At most 0.16 times `TASK_TIME_LIMIT`, so "
        "that a job, which lasts five times as long, ends before its soft time limit.",
    )
    BACKUP_DIR = variable(
        fields.String,
        "var/backups",
        "a folder",
        "The folder for hourly backups. Relative paths are resolved from `drf_api`.",
    )
    THROTTLE_START = rate(
        "60/min",
        "The rate limit for starting runs, jobs and batches, per user and web process.",
    )
    THROTTLE_CHANGE = rate(
        "120/min",
        "The rate limit for cancelling runs, per user and web process.",
    )
    FLOWER_BASIC_AUTH = variable(
        WordList,
        [],
        "name:password",
        "The login for Flower, required with `DEBUG=0`.",
        pattern=r"[^:]+:.+",
    )

    @pre_load
    def drop_empty(self, environment: dict[str, str], **_: Any) -> dict[str, str]:
        """Return the variables that are not empty. An empty DEBUG means 0.

        Raises ValidationError if a variable in REFUSED is set.
        """
        given = {name: value.strip() for name, value in environment.items()}
        for name in REFUSED:
            if given.get(name):
                raise ValidationError({name: ["unset; use CELERY_BROKER_URL"]})
        if given.get("DEBUG") == "":
            given["DEBUG"] = "0"
        return {name: value for name, value in given.items() if value}

    @validates_schema(pass_original=True)
    def compare(self, values: dict[str, Any], given: dict[str, str], **_: Any) -> None:
        """Raise ValidationError for missing variables and for contradictory values."""
        wrong: dict[str, str] = {}
        limit, rescue = values["TASK_TIME_LIMIT"], values["RESCUE_EVERY"]
        if not values["DEBUG"]:
            wrong |= {
                name: "set with DEBUG=0"
                for name in REQUIRED
                if not given.get(name, "").strip()
            }
        if values["VISIBILITY_TIMEOUT"] <= limit:
            wrong["VISIBILITY_TIMEOUT"] = (
                f"longer than TASK_TIME_LIMIT, {limit} seconds"
            )
        if values["STUCK_AFTER"] <= rescue:
            wrong["STUCK_AFTER"] = f"longer than RESCUE_EVERY, {rescue} seconds"
        if values["STEP_SECONDS"] > 0.16 * limit:
            wrong["STEP_SECONDS"] = (
                f"at most {0.16 * limit:g}, because a job takes five times "
                f"STEP_SECONDS and must end within TASK_TIME_LIMIT, {limit} seconds"
            )
        if wrong:
            raise ValidationError({name: [text] for name, text in wrong.items()})

    @post_load
    def normalise(self, values: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Return the values, with the broker's scheme converted for kombu."""
        scheme, _, rest = values["CELERY_BROKER_URL"].partition("://")
        return values | {"CELERY_BROKER_URL": f"{BROKERS[scheme]}://{rest}"}


def read() -> dict[str, Any]:
    """Return the values of the variables, or exit with status 3.

    With status 3, gunicorn shuts down instead of restarting its worker endlessly.
    """
    try:
        return Environment().load(os.environ)
    except ValidationError as error:
        for name, messages in error.normalized_messages().items():
            print(error_message(name, messages[0]), file=sys.stderr)
        sys.exit(3)


def error_message(name: str, wanted: str) -> str:
    """Return the error message for a variable, with the value unless it is secret."""
    value = os.environ.get(name, "")
    found = (
        f", not {value!r}" if value.strip() and name not in (*SECRETS, *REFUSED) else ""
    )
    return f"{name} must be {wanted}{found}."


def rows() -> list[tuple[str, str, str, str]]:
    """Return the name, default, allowed values and description of each variable."""
    return [
        (
            name,
            as_text(each.load_default),
            each.metadata["allowed"],
            each.metadata["about"],
        )
        for name, each in Environment().fields.items()
    ]


def as_text(default: Any) -> str:
    """Return a default as the text that an environment variable would contain."""
    if isinstance(default, bool):
        default = int(default)
    elif isinstance(default, list):
        default = ",".join(default)
    return str(default)
