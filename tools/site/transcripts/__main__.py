"""Record transcripts again: `python -m tools.site.transcripts [NAME ...]`.

If the new run equals the recording except for masked text, the file does not change.
Otherwise, the new run replaces the whole file and its pictures.
"""

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from sprout import SproutError
from tools.site.transcripts.format import (
    FOLDER,
    Transcript,
    TranscriptError,
    read,
    transcripts,
)
from tools.site.transcripts.replay import record


def main(names: Sequence[str]) -> None:
    """Record the named transcripts, or all. Print the outcome of each."""
    try:
        chosen = [read(FOLDER / f"{name}.console") for name in names] or transcripts()
    except (TranscriptError, OSError) as error:
        sys.exit(str(error))

    def work(transcript: Transcript) -> str:
        try:
            changed = record(transcript)
        except SproutError as error:
            return f"{transcript.path.stem}: FAILED. {error}"
        return f"{transcript.path.stem}: {'changed' if changed else 'unchanged'}"

    with ThreadPoolExecutor(4) as pool:
        results = []
        for result in pool.map(work, chosen):
            print(result, flush=True)
            results.append(result)
    if any("FAILED" in result for result in results):
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
