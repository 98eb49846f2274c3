"""Compile the modules of a worker and a client with the Python of the page.

precompile.mjs runs this module in Pyodide. Python and Celery start three times as fast
if the browser does not compile 460 modules. Other modules remain source code or are
omitted.
"""

import fnmatch
import importlib.util
import sys
import zipfile
from importlib._bootstrap_external import (  # type: ignore[attr-defined]
    _code_to_hash_pyc as to_pyc,
)

STDLIB = "/lib/python314.zip"
PACKAGES = "/lib/python3.14/site-packages/packages.zip"
# The source of these modules appears in tracebacks.
SHOWN = ("celery/", "kombu/", "sprout/")
# Old codecs, servers, debuggers, modules with missing dependencies, and modules for
# other brokers, pools and platforms. Used modules are never omitted.
LEFT_OUT = (
    "*.dist-info/RECORD",
    "_pydatetime.py",
    "_pydecimal.py",
    "_pyio.py",
    "_pyrepl/*",
    "asyncio/windows_*",
    "billiard/*",
    "celery/backends/*",
    "celery/bin/*",
    "celery/concurrency/*",
    "celery/contrib/*",
    "dateutil/*",
    "doctest.py",
    "encodings/*2022*",
    "encodings/*_codec.py",
    "encodings/*jis*",
    "encodings/cp[18]*",
    "encodings/iso8859_*",
    "encodings/koi*",
    "encodings/mac_*",
    "ensurepip/*",
    "ftplib.py",
    "http/server.py",
    "idlelib/*",
    "imaplib.py",
    "kombu/transport/*",
    "mailbox.py",
    "multiprocessing/*",
    "pdb.py",
    "pickletools.py",
    "plistlib.py",
    "pstats.py",
    "rich/_win*",
    "rich/markdown.py",
    "rich/syntax.py",
    "rich/traceback.py",
    "smtplib.py",
    "trace.py",
    "tzdata/zoneinfo/*.tab",
    "tzdata/zoneinfo/*.zi",
    "tzdata/zoneinfo/leapseconds",
    "unittest/*",
    "venv/*",
    "wsgiref/*",
    "xmlrpc/*",
)


def compiled(archive: str, used: set[str]) -> None:
    """Write `archive`.new, with only the modules in `used` as bytecode.

    precompile.mjs compresses the archive as a whole, which saves a tenth of the size.
    """
    with (
        zipfile.ZipFile(archive) as old,
        zipfile.ZipFile(f"{archive}.new", "w") as new,
    ):
        for name in old.namelist():
            source = old.read(name)
            path = f"{archive}/{name}"
            shown = name.startswith(SHOWN)
            if path in used:
                # Without docstrings, the size is only a third. Modules with source
                # keep their docstrings.
                code = compile(source, path, "exec", 0, True, -1 if shown else 2)
                check = importlib.util.source_hash(source)
                bytecode = to_pyc(code, check, False)
                new.writestr(zipfile.ZipInfo(f"{name}c"), bytecode)
            elif any(fnmatch.fnmatch(name, pattern) for pattern in LEFT_OUT):
                continue
            if shown or path not in used:
                new.writestr(zipfile.ZipInfo(name), source)


def main() -> None:
    """Import the used modules and rewrite both archives."""
    sys.path.append(PACKAGES)
    for name in ("sprout.browser.monitor", "sprout.browser.practice"):
        importlib.import_module(name)
    importlib.import_module("sprout.browser.process").preload()
    files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    used = {file for file in files if file}
    compiled(STDLIB, used)
    compiled(PACKAGES, used)


main()
