"""Call `prepare` with three invalid workflows, and print the messages."""

from celery import Signature, chain, chord, group

from status import prepare
from taskrunner.tasks.addition.sums import add
from taskrunner.tasks.addition.totals import total


def chord_with(body: Signature) -> Signature:
    return chord([add.s(1, 2), add.s(3, 4)], body)


def ends_in_group() -> Signature:
    return chord_with(group(total.s(), total.s()))


part = add.s(1, 2)
for workflow in (
    chain(ends_in_group(), chord_with(total.s())),
    chain(chord_with(chain(total.s(), ends_in_group())), chord_with(total.s())),
    group(part, part),
):
    try:
        prepare("workflow", workflow)
    except ValueError as error:
        print(error)
