"""A run's timeline shows when each step waited and ran."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from workflows.timeline import LEFT, WIDTH, duration, ticks, timeline

NOW = timezone.now()


def at(seconds: float | None):
    return None if seconds is None else NOW + timedelta(seconds=seconds)


def picture(end, *steps) -> dict:
    """Return the timeline of a run with these start and end times in seconds."""
    stated = [
        SimpleNamespace(started_at=at(begin), finished_at=at(finish))
        for begin, finish in steps
    ]
    run = SimpleNamespace(created_at=NOW, finished_at=at(end), stated_steps=stated)
    return timeline(run)


def test_bars_fill_the_width():
    first, second = picture(10, (2, 5), (6, 10))["rows"]
    assert (first["wait_x"], first["waited"]) == (LEFT, 2)
    assert first["x"] == pytest.approx(LEFT + 0.2 * WIDTH)
    assert first["width"] == pytest.approx(0.3 * WIDTH)
    assert second["wait_x"] == pytest.approx(first["x"] + first["width"])
    assert (second["waited"], second["seconds"]) == (1, 4)
    assert second["x"] + second["width"] == pytest.approx(LEFT + WIDTH)


def test_an_early_step_has_no_waiting_time():
    assert picture(4, (0, 2), (1.9, 4))["rows"][1]["waited"] == 0


def test_a_step_that_did_not_run_has_no_bar():
    rows = picture(4, (0, 2), (None, None))["rows"]
    assert "seconds" not in rows[1]
    assert not picture(4, (None, None))["begun"]


@pytest.mark.parametrize(
    ("span", "seconds"),
    [
        (0.001, [0, 0.0002, 0.0004, 0.0006, 0.0008, 0.001]),
        (0.9, [0, 0.2, 0.4, 0.6, 0.8]),
        (4.2, [0, 1, 2, 3, 4]),
        (5.03, [0, 2, 4]),
        (60, [0, 20, 40, 60]),
        (3700, [0, 1000, 2000, 3000]),
    ],
)
def test_the_axis_has_few_round_numbers(span, seconds):
    assert ticks(span) == pytest.approx(seconds)


def test_the_axis_and_the_bars_start_at_the_same_place():
    axis = picture(4.2, (0, 4.2))["axis"]
    assert axis[0] == {"x": LEFT, "label": "0 s"}
    assert [tick["label"] for tick in axis] == ["0 s", "1 s", "2 s", "3 s", "4 s"]


def test_short_times_are_in_milliseconds():
    """In seconds, labels would overlap on a narrow page, and a bar could show 0.0 s."""
    shown = picture(0.0051, (0.001, 0.0041))
    labels = [tick["label"] for tick in shown["axis"]]
    assert labels == ["0 ms", "2 ms", "4 ms"]
    assert shown["rows"][0]["duration"] == "3 ms"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "40 ms"), (0.1, "0.1 s"), (61.54, "61.5 s"), (1800.5, "1800 s")],
)
def test_durations_are_short(seconds, text):
    assert duration(seconds) == text
