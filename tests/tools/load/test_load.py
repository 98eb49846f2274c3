"""A short `make load`, and the evaluation of its measurements."""

import subprocess
import sys
from xml.etree import ElementTree

import pytest

from sprout.days import ROOT
from sprout.process import environment
from tools.load.__main__ import main
from tools.load.measure import Watch, growth, milliseconds
from tools.load.picture import nice, picture


@pytest.mark.stack
def test_both_sites_finish_a_burst_and_a_stream_of_runs():
    command = [sys.executable, "-m", "tools.load", "--burst", "4", "--seconds", "3"]
    command += ["--only", "application", "--only", "original"]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=170,
    )
    assert done.returncode == 0, done.stderr
    for site in ("application", "original"):
        assert f'"{site}": {{' in done.stdout
    assert done.stdout.count('"refused": 0') == 2


def test_growth_excludes_the_warm_up():
    burst = [(second, 100.0 + second) for second in range(30)]
    flat = [(second, 150.0) for second in range(30, 100)]
    assert growth(burst + flat) == {"then": 150, "at the end": 150, "growth": 0}
    leaks = [(second, 150.0 + second) for second in range(30, 100)]
    assert growth(burst + leaks)["growth"] == 60


def test_the_median_and_the_99th_percentile():
    assert milliseconds([0.001] * 98 + [1.0] * 2) == {"p50": 1, "p99": 1000}


@pytest.mark.parametrize("less", [["--seconds", "5"], ["--burst", "10"]])
def test_a_shortened_measurement_is_not_written(less, monkeypatch, capsys):
    monkeypatch.setattr("tools.load.__main__.measure", lambda asked: None)
    monkeypatch.setattr("sys.argv", ["tools.load", "--write", *less])
    with pytest.raises(SystemExit):
        main()
    assert "600 seconds and 1000 runs" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("number", "round_one"), [(0.1, 1), (1, 1), (3, 5), (70, 100), (101, 200)]
)
def test_an_axis_ends_at_a_round_number(number, round_one):
    assert nice(number) == round_one


def test_the_picture_has_a_line_for_each_queue_and_each_program():
    watches = {
        "Sprout": Watch(None, [(0, 0), (1, 70), (2, 0)], {"web": [(0, 9), (2, 10)]}),
        "a tutorial": Watch(
            None, [(0, 0), (2, 0)], {"web": [(0, 5)], "redis": [(0, 5)]}
        ),
    }
    drawn = ElementTree.fromstring(picture(watches))  # noqa: S314
    svg = "{http://www.w3.org/2000/svg}"
    assert len(drawn.findall(f"{svg}polyline")) == 5
    words = {text.text for text in drawn.findall(f"{svg}text")}
    assert {"Sprout, up to 70", "a tutorial, up to 0", "web 10", "redis 5"} <= words
    places = [
        float(text.get("y"))
        for text in drawn.findall(f"{svg}text")
        if text.text in ("web 5", "redis 5")
    ]
    assert abs(places[0] - places[1]) >= 16  # the names do not overlap
