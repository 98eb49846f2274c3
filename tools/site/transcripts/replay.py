"""Replay a transcript, for a comparison or for a new recording."""

import difflib
from dataclasses import replace

from tools.site.transcripts.format import Transcript
from tools.site.transcripts.stage import Stage


def differences(transcript: Transcript) -> str:
    """Replay a transcript. Return a diff from the recording, or "" if equal."""
    with Stage(transcript) as stage:
        parts = stage.run()
    lines: list[str] = []
    for old, new in zip(transcript.parts, parts, strict=True):
        lines += difflib.unified_diff(
            old.masked,
            new.masked,
            f"{transcript.path.name}: {old.name}, recorded",
            "replayed",
            lineterm="",
            n=2,
        )
    return "\n".join(lines)


def record(transcript: Transcript) -> bool:
    """Run a transcript and write its output. Return True if the file changed."""
    with Stage(transcript) as stage:
        parts = stage.run(same=False)
    drawings = {
        transcript.svg(part): stage.drawn[part.name]
        for part in parts
        if part.name in stage.drawn
    }
    same = [old.masked for old in transcript.parts] == [new.masked for new in parts]
    if same and all(path.exists() for path in drawings):
        return False
    for path, drawing in drawings.items():
        path.write_text(drawing + "\n", encoding="utf-8")
    text = replace(transcript, parts=tuple(parts)).text()
    transcript.path.write_text(text, encoding="utf-8")
    return True
