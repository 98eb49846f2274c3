"""The committed notebooks have outputs of a run, and nothing specific to a machine."""

import re

from sprout.days import ROOT
from tests.support.notebooks import EVERY, NAMES, NOTEBOOKS, read


def test_each_day_has_its_notebook():
    assert sorted(NAMES) == sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))


@EVERY
def test_every_cell_has_been_run_from_the_top_without_an_error(name):
    cells = [cell for cell in read(name).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert {output.output_type for output in outputs} <= {
        "stream",
        "display_data",
        "execute_result",
    }
    assert "stderr" not in {output.get("name") for output in outputs}


@EVERY
def test_outputs_hold_no_ids_no_times_and_no_paths(name):
    notebook = read(name)
    assert set(notebook.metadata) == {"kernelspec"}
    for cell in notebook.cells:
        assert set(cell.metadata) <= {"tags"}
        shown = str(cell.get("outputs", ""))
        assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}|[0-9a-f]{32}", shown)
        assert not re.search(r"20\d\d-\d\d|\d\d:\d\d:\d\d", shown)
        assert not re.search(r"/(home|root|tmp|Users)/|127\.0\.0\.1:", shown)
        assert f"{ROOT.parent}/" not in shown


@EVERY
def test_it_compares_strictly(name):
    """No cell is left out of pytest --nbval, nor its output."""
    text = (NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8").lower()
    assert "nbval" not in text
    assert "raises-exception" not in text


@EVERY
def test_it_breaks_changes_and_stops(name):
    cells = read(name).cells
    prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    for part in ("# Break it", "**Change it:**", "# The end"):
        assert part in prose
    assert cells[-1].source.endswith(".stop()")


@EVERY
def test_each_question_comes_before_the_cell_that_answers_it(name):
    cells = read(name).cells
    asked = [
        number
        for number, cell in enumerate(cells)
        if cell.cell_type == "markdown" and cell.source.endswith("?")
    ]
    assert asked
    for number in asked:
        assert cells[number + 1].cell_type == "code", cells[number].source
        assert cells[number + 1].outputs, cells[number].source


@EVERY
def test_what_it_links_to_is_there(name):
    for cell in read(name).cells:
        if cell.cell_type == "markdown":
            for target in re.findall(r"\]\(([^)#]+)\)", cell.source):
                assert (NOTEBOOKS / target).exists(), target
