"""The environment of the commands that Sprout starts.

pip, Python, Celery, Django and other programs read options from environment variables,
which a shell can set for another project. `clean()` removes these variables, except
those in KEPT.
"""

from __future__ import annotations  # tools/bootstrap.py runs this module on any Python.

from collections.abc import MutableMapping

# Maps each prefix to the beginnings of the names that clean() keeps. All other names
# with the prefix are removed.
KEPT: dict[str, tuple[str, ...]] = {
    "PYTHON": (),
    # Keep the options that control downloads. Remove the options that change where pip
    # and uv install packages, such as PIP_USER and PIP_TARGET.
    "PIP_": (
        *("PIP_CONFIG_FILE", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX"),
        *("PIP_FIND_LINKS", "PIP_TRUSTED_HOST", "PIP_CERT", "PIP_CLIENT_CERT"),
        *("PIP_PROXY", "PIP_KEYRING_PROVIDER", "PIP_TIMEOUT", "PIP_DEFAULT_TIMEOUT"),
        *("PIP_RETRIES", "PIP_RESUME_RETRIES", "PIP_CACHE_DIR", "PIP_NO_CACHE_DIR"),
        "PIP_LOG",
    ),
    "UV_": (
        *("UV_CONFIG_FILE", "UV_NO_CONFIG", "UV_INDEX", "UV_DEFAULT_INDEX"),
        *("UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_NO_INDEX", "UV_INSECURE_HOST"),
        *("UV_KEYRING_PROVIDER", "UV_NATIVE_TLS", "UV_SYSTEM_CERTS", "UV_OFFLINE"),
        *("UV_HTTP_", "UV_REQUEST_TIMEOUT", "UV_CACHE_DIR", "UV_NO_CACHE"),
        *("UV_LINK_MODE", "UV_CONCURRENT_", "UV_CREDENTIALS_DIR"),
    ),
    # Each option of the `celery` command has a variable, such as CELERY_WORKER_POOL.
    "CELERY_": ("CELERY_BROKER_URL", "CELERY_RESULT_BACKEND"),
    "KOMBU_": (),
    "DJANGO_": ("DJANGO_SUPERUSER_",),
    "FLOWER_": ("FLOWER_PORT", "FLOWER_BASIC_AUTH", "FLOWER_UNAUTHENTICATED_API"),
    "GUNICORN_": (),
    "PYTEST_": (),
}

REMOVED = {
    # Options of the `celery` command without the prefix CELERY_. BROKER_URL takes
    # precedence over CELERY_BROKER_URL.
    *("APP", "BROKER_URL", "RESULT_BACKEND", "LOADER", "CONFIG_MODULE", "SKIP_CHECKS"),
    # Celery, Kombu and Billiard read these variables.
    *("C_BENCH", "C_BENCH_EVERY", "C_FAKEFORK", "C_FORCE_ROOT", "C_IMPDEBUG"),
    *("C_REMDEBUG", "C_STRICT_APP", "C_WARN_APP", "C_WNOCONF"),
    *("AUTOSCALE_KEEPALIVE", "DISABLE_TRACEBACKS", "EVENTLET_NOBLOCK"),
    *("FORKED_BY_MULTIPROCESSING", "MP_LOG", "MP_MAIN_FILE", "NOSETPS"),
    *("PICKLE_PROTOCOL", "REMAP_SIGTERM", "TIMER_DEBUG", "USE_FAST_LOCALS"),
    "WEB_CONCURRENCY",  # Gunicorn's number of workers
}

LOCAL = ("127.0.0.1", "localhost")
PROXIES = ("http_proxy", "all_proxy")


def clean(environment: MutableMapping[str, str]) -> None:
    """Remove variables of other projects, and exclude this machine from the proxy.

    Changes the mapping, which is os.environ or a copy.
    """
    for name in list(environment):
        kept = [KEPT[prefix] for prefix in KEPT if name.startswith(prefix)]
        if name in REMOVED or not all(name.startswith(begin) for begin in kept):
            del environment[name]
    # Set `no_proxy` only if a proxy is set. On macOS, `no_proxy` alone would hide the
    # system's proxy from pip.
    if any(environment.get(n) or environment.get(n.upper()) for n in PROXIES):
        excepted = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
        hosts = [host for host in excepted.split(",") if host.strip()]
        if "*" not in hosts:
            hosts += [host for host in LOCAL if host not in hosts]
        environment["no_proxy"] = environment["NO_PROXY"] = ",".join(hosts)
