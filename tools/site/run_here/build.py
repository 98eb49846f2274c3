"""Fetch and assemble the packages for running Celery in a page.

    python -m tools.site.run_here.build

Pyodide (Python as WebAssembly) and CodeMirror come from npm, pinned with hashes in
package-lock.json. Celery and its dependencies come from PyPI, with the versions and
hashes in requirements/base.txt. All packages are cached in .cache/run-here. The result
is docs/assets/run/lib, which is not committed.

Without npm, the build succeeds, and the pages explain how to install npm.
"""

import functools
import gzip
import hashlib
import math
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from sprout import SproutError
from sprout.days import ROOT
from tools.site.run_here.exercises import exercises

HERE = Path(__file__).parent
CACHE = ROOT / ".cache" / "run-here"
LIB = ROOT / "docs" / "assets" / "run" / "lib"
LOCK = ROOT / "requirements" / "base.txt"
PYTHON = "3.14"  # the version in Pyodide

# The packages that Celery's worker and client import. A page does not use Celery's
# command line, so it does not need packages such as prompt_toolkit.
PACKAGES = (
    "amqp", "billiard", "celery", "click", "kombu", "python-dateutil", "rich", "six",
    "tzdata", "tzlocal", "vine",
)  # fmt: skip
PYODIDE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm")
OURS = (
    *("__init__.py", "spans.py", "timeline.py", "recorder.py", "browser/*.py"),
    *("practice/__init__.py", "practice/checking.py", "practice/run.py"),
    *("practice/verdict.py", "doctor/__init__.py", "doctor/text.py"),
    "doctor/symptoms.py",
)
NO_NPM = "npm is missing. Install Node.js, then build the site again with `make docs`."


class BuildError(SproutError):
    """A package for the pages cannot be fetched or compiled."""


def version() -> str | None:
    """Return the name of the folder in LIB that the pages use, or None without a build.

    The name is a digest of the files, so that a browser never mixes two versions.
    """
    found = sorted(path.name for path in LIB.glob("*") if not path.suffix)
    return found[0] if found else None


@functools.cache
def megabytes(version: str) -> int:
    """Return the download size of the first visit in megabytes, rounded up.

    Static hosts compress text and WebAssembly with gzip. The two archives are already
    compressed.
    """
    size = 0
    for path in (LIB / version).iterdir():
        content = path.read_bytes()
        size += len(content if path.suffix == ".gzip" else gzip.compress(content, 6))
    return math.ceil(size / 1e6)


def pinned(lock: str, names: Sequence[str] = PACKAGES) -> str:
    """Return the lock file entries of these packages, with their hashes.

    Raises BuildError with the name of the package if an entry is missing.
    """
    entries = re.findall(r"(?m)^(?:.*\\\n)+.*\n?", lock)
    found = {entry.partition("==")[0]: entry for entry in entries}
    if missing := [name for name in names if name not in found]:
        raise BuildError(f"{LOCK.name} does not pin {', '.join(missing)}.")
    # Remove the platform markers, because a page needs all of these packages.
    return re.sub(r" ; [^\\\n]*", " ", "".join(found[name] for name in names))


def run(*command: str | Path, folder: Path) -> None:
    """Run a command in a folder. Raise BuildError with the output if it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        shown = " ".join(str(part) for part in command[:2])
        raise BuildError(f"{done.stdout.strip()}\n\n`{shown}` failed in {folder}.")


def cached(kind: str, content: str, fetch: Callable[[Path], None]) -> Path:
    """Return the cache folder for this content.

    If the folder is missing, `fetch` fills a new folder, which replaces old folders.
    """
    folder = CACHE / f"{kind}-{hashlib.sha256(content.encode()).hexdigest()[:16]}"
    if not folder.exists():
        partial = folder.with_name(f"{folder.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        fetch(partial)
        for old in CACHE.glob(f"{kind}-*"):
            if old != partial:
                shutil.rmtree(old)
        partial.rename(folder)
    return folder


def get_modules() -> Path:
    """Return the folder with npm's packages and the editor built from them."""
    files = ("package.json", "package-lock.json", "editor.mjs")

    def fetch(folder: Path) -> None:
        for name in files:
            shutil.copy(HERE / name, folder)
        quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
        run("npm", "ci", *quiet, folder=folder)
        options = ("--bundle", "--minify", "--format=esm", "--outfile=editor.min.mjs")
        run("node_modules/.bin/esbuild", "editor.mjs", *options, folder=folder)

    content = "".join((HERE / name).read_text(encoding="utf-8") for name in files)
    return cached("npm", content, fetch)


def get_wheels() -> Path:
    """Return the folder with the wheels from PyPI."""
    lock = pinned(LOCK.read_text(encoding="utf-8"))

    def fetch(folder: Path) -> None:
        (folder / "requirements.txt").write_text(lock, encoding="utf-8")
        options = ("--no-deps", "--require-hashes", "--only-binary=:all:", "--quiet")
        quiet = ("--disable-pip-version-check", "--no-input")
        target = ("--python-version", PYTHON, "--platform", "any", "--dest", ".")
        pip = (sys.executable, "-m", "pip", "download")
        run(*pip, *options, *quiet, *target, "-r", "requirements.txt", folder=folder)

    return cached("wheels", lock, fetch)


def archive(path: Path, files: Sequence[tuple[str, bytes]]) -> None:
    """Write a reproducible zip archive."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files:
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, content)


def sprout_files() -> list[tuple[str, bytes]]:
    """Return the modules of sprout that run in the page."""
    paths = [path for pattern in OURS for path in (ROOT / "sprout").glob(pattern)]
    return [
        (path.relative_to(ROOT).as_posix(), path.read_bytes()) for path in sorted(paths)
    ]


def wheel_files(folder: Path) -> list[tuple[str, bytes]]:
    """Return the unmodified files of the wheels in a folder."""
    found = []
    for wheel in sorted(folder.glob("*.whl")):
        with zipfile.ZipFile(wheel) as packed:
            found += [(name, packed.read(name)) for name in packed.namelist()]
    return found


def precompiled(modules: Path, packages: Sequence[tuple[str, bytes]]) -> Path:
    """Return the folder with the two archives of modules, compiled in Pyodide."""
    programs = [HERE / "precompile.mjs", HERE / "precompile.py"]
    pyodide = modules / "node_modules" / "pyodide"

    def compile_them(folder: Path) -> None:
        with tempfile.TemporaryDirectory() as temporary:
            source = Path(temporary, "packages.zip")
            archive(source, packages)
            run("node", programs[0], pyodide, source, folder, folder=folder)

    content = hashlib.sha256(modules.name.encode())
    for path in programs:
        content.update(path.read_bytes())
    for name, data in packages:
        content.update(name.encode() + data)
    return cached("bytecode", content.hexdigest(), compile_them)


def build() -> None:
    """Assemble a folder in LIB. Raise BuildError on failure."""
    if shutil.which("npm") is None:
        raise BuildError(NO_NPM)
    modules, wheels = get_modules(), get_wheels()
    new = LIB.with_name("lib.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    for name in PYODIDE:
        shutil.copy(modules / "node_modules" / "pyodide" / name, new)
    shutil.copy(modules / "editor.min.mjs", new / "editor.mjs")
    packages = [*wheel_files(wheels), *sprout_files()]
    (new / "exercises.json").write_text(exercises(), encoding="utf-8")
    for path in precompiled(modules, packages).glob("*.gzip"):
        shutil.copy(path, new)
    content = b"".join(path.read_bytes() for path in sorted(new.iterdir()))
    built = LIB / hashlib.sha256(content).hexdigest()[:16]
    if built.exists():
        shutil.rmtree(new)
        return
    shutil.rmtree(LIB, ignore_errors=True)
    LIB.mkdir()
    new.rename(built)


def main() -> int:
    """Build the folder. Return the exit code, which is 0 even without npm."""
    try:
        build()
    except BuildError as error:
        print(error)
        return 0 if str(error) == NO_NPM else 1
    size = sum(path.stat().st_size for path in LIB.rglob("*"))
    print(f"The pages can run Celery: {size / 1e6:.1f} MB in {LIB.relative_to(ROOT)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
