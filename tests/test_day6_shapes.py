"""Day 6: `prepare` lists every task that a worker runs, for workflows of any shape."""

import itertools
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from sprout.days import ROOT
from sprout.process import environment
from sprout.worker import Worker

pytestmark = pytest.mark.stack
SHAPES = Path(__file__).parent / "support" / "shapes"


@pytest.fixture(scope="module")
def worker(redis):
    env = {"PYTHONPATH": str(ROOT / "day6"), "PYTHONDONTWRITEBYTECODE": "1"}
    with Worker(SHAPES, redis.url(3), env=env) as worker:
        yield worker


def run(worker, shapes):
    """Send the shapes. Return their tasks and states, and the tasks that ran."""
    done = subprocess.run(
        [sys.executable, "run.py"],
        cwd=SHAPES,
        env=environment(worker.env),
        input=json.dumps(shapes),
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def check(worker, shapes, may_refuse=False):
    """Compare the results of `prepare` and `states` with the worker's records."""
    workflows, ran = run(worker, shapes)
    begun = {task_id: begin for task_id, begin, _ in ran}
    ended = {task_id: end for task_id, _, end in ran}
    assert len(begun) == len(ran), "a task ran twice"
    known = set()
    for shape, workflow in zip(shapes, workflows, strict=True):
        if workflow is None:
            assert may_refuse, shape
            continue
        tasks, states = workflow
        assert len(tasks) == str(shape).count("ok") + str(shape).count("fail")
        for task, state in zip(tasks, states, strict=True):
            known.add(task["id"])
            assert (task["id"] in begun) == (state != "SKIPPED"), (shape, tasks, states)
            if state != "SKIPPED":
                for earlier in task["waits_for"]:
                    assert ended[earlier] <= begun[task["id"]], (shape, tasks)
        assert states.count("FAILURE") <= str(shape).count("fail")
        assert str(shape).count("fail") or set(states) == {"SUCCESS"}
    assert set(begun) <= known, "the worker ran a task that `prepare` does not list"


TASKS = st.sampled_from(["ok", "ok", "ok", "ok", "fail"])


def compound(parts):
    """Return a strategy for shapes of these parts."""
    some = st.lists(parts, min_size=1, max_size=3)
    kinds = [st.tuples(st.just(kind), some) for kind in ("chain", "group")]
    two = st.lists(parts, min_size=2, max_size=3)
    return st.one_of(*kinds, st.tuples(st.just("chord"), two))


LEVEL_1 = st.one_of(TASKS, compound(TASKS))
LEVEL_2 = st.one_of(TASKS, compound(LEVEL_1))
LEVEL_3 = compound(LEVEL_2)


def test_every_pair_of_chain_group_and_chord(worker):
    parts = ["ok", *([kind, ["ok", "ok"]] for kind in ("chain", "group", "chord"))]
    pairs = [list(pair) for pair in itertools.product(parts, repeat=2)]
    check(worker, [[kind, p] for kind in ("chain", "group", "chord") for p in pairs])


# A shape takes seconds to run, so Hypothesis must not shrink a failing shape.
@pytest.mark.timeout(600)
@settings(
    max_examples=3,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
)
@given(st.lists(LEVEL_3, min_size=15, max_size=15))
def test_three_levels_of_chains_groups_and_chords(worker, shapes):
    check(worker, shapes, may_refuse=True)


GROUP = ["group", ["ok", "fail"]]
CHORD = ["chord", ["ok", "ok"]]


@pytest.mark.parametrize(
    "shape",
    [
        ["chain", [["chord", ["ok", GROUP]], CHORD]],
        ["chain", [["chord", ["ok", GROUP]], ["chain", [CHORD, "ok"]]]],
        ["chain", [["chord", ["ok", ["chord", ["ok", GROUP]]]], CHORD]],
        [
            "chain",
            [["chord", ["ok", ["chain", ["ok", ["chord", ["ok", GROUP]]]]]], CHORD],
        ],
    ],
)
def test_a_chord_that_would_not_wait_for_a_group_is_rejected(worker, shape):
    assert run(worker, [shape]) == [[None], []]


def test_a_chord_waits_for_other_groups(worker):
    check(
        worker,
        [
            ["chain", ["ok", GROUP, CHORD]],
            ["chain", [["chord", ["ok", GROUP]], ["group", ["ok", "ok"]]]],
            ["chain", [["chord", ["ok", ["chain", ["ok", GROUP]]]], CHORD]],
        ],
    )


def test_a_group_followed_by_two_steps(worker):
    shape = ["chain", [["group", ["ok", "ok"]], "ok", "ok"]]
    ((tasks, states),), ran = run(worker, [shape])
    assert len(tasks) == len(ran) == 4
    assert states == ["SUCCESS"] * 4
