"""Run the terminals of a transcript in a copy of the repository."""

import os
import platform
import re
import shlex
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Self

from sprout import timeline
from sprout.broker import Broker, free_port
from sprout.days import ROOT
from sprout.process import SCRIPTS, Process
from sprout.recorder import Recorder
from sprout.redis_server import find_server
from sprout.tour import PLAIN
from tools.servers.rabbitmq import RabbitMQ
from tools.site.transcripts.format import Part, Transcript, TranscriptError, select

HOME = "/home/you/sprout"  # the reader's clone in the pages
HOST = "laptop"
SYSTEM = "Linux-6.12-x86_64-with-glibc2.36"
ROOT_WARNING = "ignore:You're running the worker with superuser"

# Time limit for a command or for the text of `until`, in seconds. `make api` itself
# waits up to 90 seconds.
TIMEOUT = 120.0


class Terminal:
    """A terminal of the reader, which runs commands in bash, one after another.

    The terminal keeps its working directory and its variables between commands. Only
    one command at a time can keep running.
    """

    def __init__(self, name: str, stage: "Stage") -> None:
        self.name = name
        self.stage = stage
        self.state = stage.temporary / f"{name}.sh"
        variables = {"BROKER_URL": stage.broker, "RESULT_BACKEND": stage.results}
        self.state.write_text(
            "".join(
                f"export CELERY_{name}={value}\n"
                for name, value in variables.items()
                if "broker: its own" not in stage.transcript.note
            )
        )
        self.process: Process | None = None
        self.shown = 0  # the length of the output shown so far

    def run(self, command: str) -> str:
        """Run a command until it exits, and return its output."""
        state = shlex.quote(str(self.state))
        keep = f'\n{{ export -p; echo cd $(printf %q "$PWD"); }} >{state}.new'
        process = self._process(command + keep)
        with process:
            try:
                process.wait(TIMEOUT)
            except Exception:
                raise TranscriptError(
                    f"{self.name}: not finished after {TIMEOUT:.0f} s: {command}\n"
                    + process.log()
                ) from None
        new = self.state.with_suffix(".sh.new")
        if new.exists():  # `exit` does not write this file.
            new.replace(self.state)
        return process.log()

    def leave_running(self, command: str, text: str) -> str:
        """Start a command. Return its output as soon as it contains `text`."""
        if self.process is not None:
            self.process.stop()
        self.process = self._process(command).start()
        deadline = time.monotonic() + TIMEOUT
        while text not in (log := self.process.log()):
            if not self.process.running or time.monotonic() > deadline:
                raise TranscriptError(
                    f"{self.name}: {command} did not print {text!r}\n{log}"
                )
            time.sleep(0.05)
        line_end = log.find("\n", log.index(text)) + 1
        self.shown = line_end or len(log)
        return log[: self.shown]

    def more(self) -> str:
        """Return the output of the running command since the previous part."""
        if self.process is None:
            raise TranscriptError(f"{self.name}: no command is running")
        return self.process.log()[self.shown :]

    def interrupt(self) -> str:
        """Press Ctrl-C. Return the rest of the command's output."""
        if self.process is None:
            raise TranscriptError(f"{self.name}: no command to interrupt")
        leader = int(self.state.with_suffix(".pid").read_text())
        os.killpg(leader, signal.SIGINT)
        self.process.wait(TIMEOUT)
        self.process.stop()
        seen, self.process = self.more(), None
        return seen

    def _process(self, command: str) -> Process:
        state = shlex.quote(str(self.state))
        pid = shlex.quote(str(self.state.with_suffix(".pid")))
        script = f"echo $$ >{pid}\n. {state}\n{command}"
        return Process(
            ["bash", "-c", script], cwd=self.stage.root, env=self.stage.env, grace=15
        )


class Stage:
    """The stage of a transcript: a copy of the repository, a broker and terminals."""

    # The ports of the pages. Commands use free ports instead, and seen() restores the
    # ports of the pages.
    PORTS = ("6379", "5672", "5555", "8000", "1025")

    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript
        self.terminals: dict[str, Terminal] = {}
        self.recorder: Recorder | None = None
        self.drawn: dict[str, str] = {}  # the pictures of the timelines, by part
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.temporary = Path(
                stack.enter_context(tempfile.TemporaryDirectory(prefix="sprout-"))
            ).resolve()
            self.root = self.temporary / "sprout"
            shutil.copytree(
                ROOT,
                self.root,
                ignore=shutil.ignore_patterns(
                    *(".*", "__pycache__", "site", "runs.json", "tests", "docs"),
                    *("db.sqlite3*", "var", "staticfiles"),
                ),
            )
            # Copy the programs of the Troubleshooting page, which are in docs.
            symptoms = Path("docs", "symptoms")
            shutil.copytree(ROOT / symptoms, self.root / symptoms)
            (self.root / ".venv").symlink_to(SCRIPTS.parent)
            self.ports = {port: str(free_port()) for port in self.PORTS}
            self.env = {
                **PLAIN,
                "FLOWER_PORT": self.ports["5555"],
                "PORT": self.ports["8000"],
                "REDIS_PORT": self.ports["6379"],
                "PYTHON": "true",  # With this variable, `make` skips the installation.
                "PYTHONUNBUFFERED": "1",
                "PYTHONWARNINGS": ROOT_WARNING,
                "PATH": f"{self._own_redis()}:{SCRIPTS}:{os.environ['PATH']}",
                "CURL_HOME": str(self.temporary),
            }
            # curl prints a progress meter if its output is not a terminal.
            (self.temporary / ".curlrc").write_text("no-progress-meter\n")
            if not re.search("broker: (none|its own)", self.transcript.note):
                redis = stack.enter_context(Broker())
                self.ports["6379"] = str(redis.port)
            self.broker = f"redis://localhost:{self.ports['6379']}/0"
            found = re.search(r"results: (\S+)", self.transcript.note)
            self.results = found[1] if found else self.broker
            if "broker: rabbitmq" in self.transcript.note:
                self.ports["5672"] = str(stack.enter_context(RabbitMQ()).port)
            stack.callback(self._stop_all)
            self._stack = stack.pop_all()
        return self

    def _stop_all(self) -> None:
        running = [t.process for t in self.terminals.values() if t.process is not None]
        for process in running:
            process.end()
        for process in running:
            process.stop()
        if self.recorder is not None:
            self.recorder.stop()

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _own_redis(self) -> Path:
        """Create a redis-server command that listens on the transcript's port."""
        folder = self.temporary / "bin"
        folder.mkdir()
        if server := find_server(SCRIPTS):
            script = folder / "redis-server"
            port = self.ports["6379"]
            script.write_text(
                f'#!/bin/sh\nexec {shlex.quote(str(server))} "$@" --port {port}\n'
            )
            script.chmod(0o755)
        return folder

    def typed(self, command: str) -> str:
        """Return a command with the ports of this run in place of the page's ports."""
        for shown, ours in self.ports.items():
            command = re.sub(rf"\b{shown}\b", ours, command)
        return command

    def seen(self, text: str) -> str:
        """Return output with the ports, paths and host of the page."""
        text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
        text = re.sub(r"^bash: line \d+: ", "bash: ", text, flags=re.MULTILINE)
        for shown, ours in self.ports.items():
            text = re.sub(rf"\b{ours}\b", shown, text)
        text = text.replace(str(SCRIPTS.parent), f"{HOME}/.venv")
        text = text.replace(str(self.root), HOME).replace(platform.platform(), SYSTEM)
        return text.replace(f"@{socket.gethostname()}", f"@{HOST}")

    def run(self, settle: float = 1.0, same: bool = True) -> list[Part]:
        """Run every part, and return the parts with their output.

        Arguments:
            settle: the seconds without output after which a log is complete if `same`
                is False.
            same: True to wait until each log equals the transcript.
        """
        parts = self.transcript.parts
        done = []
        for part, following in zip(parts, [*parts[1:], None], strict=True):
            if following is not None and following.terminal == "timeline":
                self.recorder = Recorder(self.broker).start()
                self.recorder.watch()
            try:
                done.append(self._run(part, settle, same))
            except TranscriptError as error:
                raise TranscriptError(
                    f"{self.transcript.path.name}, {part.name}: {error}"
                ) from None
        return done

    def _run(self, part: Part, settle: float, same: bool) -> Part:
        if part.terminal == "edit":
            edit(self.root / part.file, part.lines)
            return part
        if part.terminal == "timeline":
            return self._timeline(part)
        if part.terminal not in self.terminals:
            self.terminals[part.terminal] = Terminal(part.terminal, self)
        terminal = self.terminals[part.terminal]
        commands = part.commands
        until = part.option(r'until "(.*?)"')
        if not commands:
            lines = settled(
                lambda: self._log(part, terminal), settle, part if same else None, until
            )
            terminal.shown += len(terminal.more())
            return replace(part, lines=tuple(lines))
        lines = []
        for number, typed in enumerate(commands, 1):
            if typed == ["^C"]:
                lines += ["^C", *select(part, self.seen(terminal.interrupt()))]
                continue
            shell = [line for line in typed if line.startswith(("$ ", "> "))]
            python = typed[len(shell) :]
            command = self.typed("\n".join(line[2:] for line in shell))
            lines += shell
            if python:
                lines += select(part, self.seen(interactive(terminal, command, python)))
            elif until and number == len(commands):
                printed = terminal.leave_running(command, until)
                lines += select(part, self.seen(printed))
            else:
                lines += select(part, self.seen(terminal.run(command)))
        return replace(part, lines=tuple(lines))

    def _log(self, part: Part, terminal: Terminal) -> list[str]:
        return select(part, self.seen(terminal.more()))

    def _timeline(self, part: Part) -> Part:
        assert self.recorder is not None, "a timeline must follow another part"
        count = int(part.option(r"(\d+) tasks?") or 0)
        spans = self.recorder.finish(count)
        self.recorder.stop()
        self.recorder = None
        lines = sorted(f"{timeline.call(s)}  {timeline.outcome(s)}" for s in spans)
        begin = datetime.fromtimestamp(min(span.begin for span in spans))
        begun = f"begun {begin:%Y-%m-%d %H:%M:%S}"
        self.drawn[part.name] = timeline.svg(
            spans, f"Timeline: what the worker did, {len(spans)} tasks, {begun}"
        )
        return replace(part, lines=(begun, *lines))


def settled(
    log: Callable[[], list[str]], quiet: float, expected: Part | None, until: str = ""
) -> list[str]:
    """Return a log when it equals the expected log, or after 15 seconds.

    Without an expected log, returns the log when it contains `until` and has not
    changed for `quiet` seconds.
    """
    deadline = time.monotonic() + 15
    lines, since = log(), time.monotonic()
    while time.monotonic() < deadline:
        if expected is not None:
            if replace(expected, lines=tuple(lines)).masked == expected.masked:
                break
        elif until in "\n".join(lines) and lines and time.monotonic() - since > quiet:
            break
        time.sleep(0.1)
        if (now := log()) != lines:
            lines, since = now, time.monotonic()
    return lines


def interactive(terminal: Terminal, command: str, typed: Sequence[str]) -> str:
    """Type lines at the prompt of the Python started by `command`.

    Standard input is a file, so Python does not echo the lines. This function inserts
    each line after its prompt.
    """
    script = terminal.state.with_suffix(".typed")
    script.write_text("".join(line[4:] + "\n" for line in typed), encoding="utf-8")
    prompts = "import sys; sys.ps1, sys.ps2 = '\\x01', '\\x02'; del sys"
    program, *arguments = shlex.split(command)
    printed = terminal.run(
        shlex.join([program, "-qi", *arguments, "-c", prompts])
        + f" <{shlex.quote(str(script))}"
    )
    pieces = re.split("[\x01\x02]", printed)
    seen = [pieces[0]]
    for line, output in zip(typed, pieces[1:], strict=False):
        seen += [line + "\n", output]
    return "".join(seen)


def edit(path: Path, lines: Sequence[str]) -> None:
    """Replace the `-` lines of a file with the `+` lines. Create a missing file.

    Raises TranscriptError unless the old lines occur exactly once.
    """
    old = "".join(line[1:] + "\n" for line in lines if not line.startswith("+"))
    new = "".join(line[1:] + "\n" for line in lines if not line.startswith("-"))
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    if old and text.count(old) != 1:
        times = text.count(old)
        raise TranscriptError(f"{path.name} has these lines {times} times:\n{old}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace(old, new) if old else text + new, encoding="utf-8")
