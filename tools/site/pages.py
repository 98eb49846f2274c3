"""Insert listings and recorded output into the site's pages.

A Markdown extension for MkDocs and Zensical. It replaces directives, such as these:

    {{ listing day4/workflows.py serial diamond }}   pieces of a file, or the whole file
    {{ console day4 client }}                        a part of a transcript
    {{ edit day4 swap }}                             a change of a file in a transcript
    {{ timeline day4 spans }}                        the picture of a recorded run
    {{ diff day3 day4 }}                             the changes of a day, by file
    {{ picture whole }}                              docs/pictures/whole.svg, inline
    {{ generated settings }}                         docs/generated/settings.txt
    {{ screenshot assets/screens/run The run }}      a screenshot, light or dark
    {{ notebook day4 }}                              a notebook with its outputs
    {{ run day4 }}                                   a button that runs the day's files

A directive is one line of the page. A question, such as `{{ predict day0 run`, has
several lines: see questions.py. `python -m tools.site.pages` counts the elements of the
pages, and fails for any output that no program produced.
"""

import html
import itertools
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor

from sprout import SproutError
from sprout.days import ROOT
from tools.site.generated import LIVE, MEASURED
from tools.site.listings import changes, listing
from tools.site.notebook_page import show_notebook
from tools.site.questions import BEGIN, END, markup, parse
from tools.site.run_here.place import show_run
from tools.site.transcripts.format import FOLDER, Part, Transcript, is_typed, read

DOCS = ROOT / "docs"
UPSTREAM = DOCS / "upstream"  # mkdocs.yml excludes this folder.
DIRECTIVE = re.compile(r"^( *)\{\{ (\w+) ([^{}]+?) \}\}$")
FENCE = re.compile(r"^ *(```+|~~~+)(?: *\{?\.?([\w-]*))?")
EXCEPTION = re.compile(r"^ *<!-- not run: (.+) -->$")


class PageError(SproutError):
    """A directive is invalid, for example because its file does not exist."""


def show_listing(file: str, *names: str) -> str:
    """Return a listing below the name of its file."""
    code = listing(file, names)
    language = {
        "py": "python",
        "toml": "toml",
        "conf": "ini",
        "html": "html+django",
        "yaml": "yaml",
    }
    kind = language.get(file.rpartition(".")[2], "text")
    # The readers of these recipes create the files in a new folder.
    title = re.sub(r"^recipes/start_\w+/", "", file)
    return f'```{kind} title="{title}"\n{code}\n```'


def show_diff(old: str, new: str) -> str:
    """Return the diffs between two folders, with a block for each file."""
    blocks = [
        f'```diff title="{new}/{file}"\n{diff}\n```' for file, diff in changes(old, new)
    ]
    if not blocks:
        raise PageError(f"{old} and {new} do not differ.")
    return "\n\n".join(blocks)


def show_console(name: str, part_name: str) -> str:
    """Return a part of a transcript. The copy button copies only the typed text."""
    transcript, part = find(name, part_name)
    return f"{TERMINAL}{console(transcript, part)}"


def show_edit(name: str, part_name: str) -> str:
    """Return a change of a file in a transcript."""
    _, part = find(name, part_name)
    if part.terminal != "edit":
        raise PageError(f"{part_name} of {name} is not an edit.")
    return f'```diff title="{part.file}"\n' + "\n".join(part.lines) + "\n```"


def show_timeline(name: str, part_name: str) -> str:
    """Return the recorded timeline of a part of a transcript."""
    transcript, part = find(name, part_name)
    return f"{TERMINAL}{figure(transcript.svg(part), 'timeline')}"


def show_picture(name: str) -> str:
    """Return a drawing in docs/pictures, with its tall version if one exists.

    On a phone, the style sheet shows the tall version.
    """
    drawing, tall = (DOCS / "pictures" / f"{name}{end}.svg" for end in ("", "-tall"))
    if not tall.exists():
        return f"{TERMINAL}{figure(drawing, 'picture')}"
    both = figure(drawing, "picture wide") + figure(tall, "picture tall")
    return f"{TERMINAL}{both}"


def show_generated(name: str) -> str:
    """Return text from generated.py, such as the help of a program."""
    if name in LIVE:
        return LIVE[name]()
    path = DOCS / "generated" / f"{name}.txt"
    if not path.exists():
        command = f"python -m tools.site.generated {name}"
        raise PageError(f"{path.name} is missing. Run `{command}`.")
    return path.read_text(encoding="utf-8").rstrip()


def show_screenshot(path: str, *words: str) -> str:
    """Return the light and dark screenshots with this path, relative to the page.

    Each picture links to itself, so that readers can see the full size.
    """
    if not words:
        raise PageError(f"{path} needs an alternative text.")
    pictures = []
    for scheme in ("light", "dark"):
        file = f"{path}-{scheme}.png"
        pictures.append(
            f"[![{' '.join(words)}]({file})]({file}){{ .screen .{scheme} }}"
        )
    return "\n".join(pictures)


def show_place(name: str) -> str:
    """Return the button that runs the files of a folder in the reader's browser."""
    return f"{TERMINAL}{show_run(name)}"


SHOW: dict[str, Callable[..., str]] = {
    "listing": show_listing,
    "console": show_console,
    "edit": show_edit,
    "timeline": show_timeline,
    "diff": show_diff,
    "picture": show_picture,
    "generated": show_generated,
    "screenshot": show_screenshot,
    "notebook": show_notebook,
    "run": show_place,
}
TERMINAL = "\0"  # marks a text as HTML


def find(name: str, part_name: str) -> tuple[Transcript, Part]:
    """Return a transcript and one of its parts. Raise SproutError if one is missing."""
    path = FOLDER / f"{name}.console"
    if not path.exists():
        raise PageError(f"There is no transcript {name}.")
    transcript = read(path)
    return transcript, transcript.part(part_name)


def console(transcript: Transcript, part: Part) -> str:
    """Return a part as HTML, with different classes for prompts, input and output."""
    lines, typed = [], []
    for line in part.lines:
        if line == "^C":
            lines.append('<span class="gp">^C</span>')
        elif is_typed(line):
            width = 2 if line[0] in "$>" and line[1:2] == " " else 4
            prompt, words = html.escape(line[:width]), html.escape(line[width:])
            lines.append(f'<span class="gp">{prompt}</span>{words}')
            typed.append(line[width:])
        else:
            lines.append(f'<span class="go">{html.escape(line)}</span>')
    where = transcript.folder(part)
    title = f"{part.terminal}, in {where}" if where != "." else part.terminal
    if part.partial:
        title += " · excerpt"
    copy = html.escape("\n".join(typed), quote=True).replace("\n", "&#10;")
    kind = "console" + " seen" * (not typed) + " some" * part.partial
    return (
        f'<div class="highlight {kind}" data-copy="{copy}">'
        f'<span class="filename">{title}</span>'
        "<pre><code>"
        + "".join(f'<span class="line">{line}\n</span>' for line in lines)
        + "</code></pre></div>"
    )


def figure(path: Path, kind: str) -> str:
    """Return a drawing as an inline figure in the page's colours."""
    if not path.exists():
        raise PageError(f"There is no picture {path.name}.")
    drawing = path.read_text(encoding="utf-8").strip()
    drawing = re.sub(r"<style>.*?</style>\n?", "", drawing, flags=re.DOTALL)
    return f'<figure class="{kind}" tabindex="0">{drawing}</figure>'


def until_end(lines: Iterator[str]) -> list[str]:
    """Return the lines before END, without empty lines."""
    found = list(itertools.takewhile(lambda line: line != END, lines))
    return [line for line in found if line]


class Directives(Preprocessor):
    """A preprocessor that replaces the directives before other extensions run."""

    def run(self, lines: list[str]) -> list[str]:
        """Return the lines of the page with all directives replaced."""
        done, fence = [], ""
        rest = iter(lines)
        for number, line in enumerate(rest):
            found = FENCE.match(line)
            if found and (not fence or found[1] == fence):
                fence = "" if fence else found[1]
            if not fence and (question := BEGIN.match(line)):
                kind, name, part = question.groups()
                done += self.ask(kind, name, part, f"q{number}", until_end(rest))
                continue
            directive = None if fence else DIRECTIVE.match(line)
            if directive is None:
                done.append(line)
                continue
            indent, name, arguments = directive.groups()
            if name not in SHOW:
                raise PageError(f"There is no {{{{ {name} }}}}.")
            text = SHOW[name](*arguments.split())
            if text.startswith(TERMINAL):
                text = self.md.htmlStash.store(text.removeprefix(TERMINAL))
            done += ["", *(indent + each for each in text.split("\n")), ""]
        return done

    def ask(
        self, kind: str, name: str, part: str, key: str, lines: list[str]
    ) -> list[str]:
        """Return the lines of a question with the recorded answer below."""
        output = show_console(name, part).removeprefix(TERMINAL)
        question = parse(kind, lines, find(name, part)[1])
        text = markup(question, key, self.md.htmlStash.store(output))
        return ["", *text.split("\n"), ""]


class Pages(Extension):
    """The Markdown extension: `tools.site.pages` in mkdocs.yml."""

    def extendMarkdown(self, md: Markdown) -> None:
        """Register with a priority between normalize_whitespace and superfences."""
        md.preprocessors.register(Directives(md), "sprout", 28)


def makeExtension(**settings: object) -> Pages:
    """Return the extension. Markdown calls this function."""
    return Pages(**settings)


@dataclass(frozen=True)
class Block:
    """An element of a page: its kind, its arguments and its position."""

    page: str
    line: int
    kind: str
    arguments: tuple[str, ...] = ()


def blocks(path: Path) -> list[Block]:
    """Return the elements of a page.

    A code block written in the page itself has the kind `typed`. If a comment above the
    block gives a reason, the kind is `excepted`: `<!-- not run: it needs macOS -->`.
    """
    found: list[Block] = []
    page, fence, reason = path.relative_to(DOCS).as_posix(), "", ""
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        if match := FENCE.match(line):
            if not fence:
                fence = match[1]
                kind = "excepted" if reason else "typed"
                found.append(Block(page, number, kind, (reason,)))
            elif match[1] == fence:
                fence = ""
        elif not fence and (match := BEGIN.match(line)):
            kind, name, part = match.groups()
            question = tuple(until_end(iter(lines[number:])))
            found.append(Block(page, number, kind, (name, part, *question)))
            found.append(Block(page, number, "console", (name, part)))
        elif not fence and (match := DIRECTIVE.match(line)):
            found.append(Block(page, number, match[2], tuple(match[3].split())))
        if not fence:
            exception = EXCEPTION.match(line)
            reason = exception[1] if exception else reason if not line else ""
    return found


def pages() -> list[Path]:
    """Return the pages of the site, without the reports for other projects."""
    return sorted(path for path in DOCS.rglob("*.md") if UPSTREAM not in path.parents)


def is_measured(block: Block) -> bool:
    """Return True for figures and screenshots, which no test reproduces."""
    name, *_ = block.arguments
    figures = (MEASURED.keys() | LIVE.keys()) - {"clone"}
    return block.kind == "screenshot" or (
        block.kind in ("generated", "picture") and name in figures
    )


def count() -> Counter[str]:
    """Count the elements of the pages, such as listings, commands and outputs."""
    total: Counter[str] = Counter()
    for block in (block for path in pages() for block in blocks(path)):
        if is_measured(block):
            total["measured"] += 1
        elif block.kind == "console":
            _, part = find(*block.arguments)
            typed = [line for line in part.lines if is_typed(line)]
            total["commands"] += len(typed)
            total["outputs"] += bool(len(part.lines) - len(typed))
        elif block.kind == "listing":
            total["listings"] += 1
        elif block.kind == "diff":
            total["diffs"] += len(list(changes(*block.arguments)))
        elif block.kind == "generated":
            total["tables and other generated text"] += 1
        elif block.kind in ("predict", "why"):
            total["questions"] += 1
        else:
            total[block.kind + ("s" if block.kind in SHOW else "")] += 1
    return total


def faults() -> list[str]:
    """Return the errors in the pages, such as missing files, with their positions."""
    found = []
    for block in (block for path in pages() for block in blocks(path)):
        place = f"docs/{block.page}:{block.line}"
        if block.kind == "typed":
            found.append(f"{place}: written by hand. Insert recorded output instead.")
        elif block.kind != "excepted":
            try:
                if block.kind in ("predict", "why"):
                    name, part, *lines = block.arguments
                    parse(block.kind, lines, find(name, part)[1])
                    continue
                if block.kind not in SHOW:
                    raise PageError(f"There is no {{{{ {block.kind} }}}}.")
                SHOW[block.kind](*block.arguments)
            except (SproutError, TypeError) as error:
                found.append(f"{place}: {error}")
    return found


def main() -> int:
    """Print the errors and return 1, or print the counts and return 0."""
    if wrong := faults():
        print("\n".join(wrong))
        return 1
    total = count()
    excepted, measured = total.pop("excepted", 0), total.pop("measured", 0)
    print(", ".join(f"{number} {kind}" for kind, number in sorted(total.items())))
    print(
        f"{sum(total.values())} verified, {measured} measured and not replayed, "
        f"{excepted} excepted with a reason:"
    )
    for block in (block for path in pages() for block in blocks(path)):
        if block.kind == "excepted":
            print(f"  docs/{block.page}:{block.line}: {block.arguments[0]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
