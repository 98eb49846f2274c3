"""Judge a solution to the first exercise: `judge.py BROKER_URL TEXT`."""

import sys

from sprout.practice.exercises import find
from sprout.practice.judge import Judge


class Running:
    """A running broker, which the judge does not start."""

    running = True

    def url(self, database: int) -> str:
        """Return the broker's URL with this database number."""
        return sys.argv[1].rpartition("/")[0] + f"/{database}"


if __name__ == "__main__":
    with Judge(Running()) as judge:
        judge.run(find("day0/send"), sys.argv[2])
