"""The committed notebooks contain outputs, but no machine-specific values."""

import re

from sprout.days import ROOT
from tests.support.notebooks import EVERY, NAMES, NOTEBOOKS, read


def test_each_day_has_its_notebook():
    assert sorted(NAMES) == sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))


@EVERY
def test_every_cell_was_run_in_order_without_errors(name):
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
def test_outputs_contain_no_ids_times_or_paths(name):
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
def test_no_cell_is_excluded_from_the_comparison(name):
    """Check that pytest --nbval compares every cell and its output."""
    text = (NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8").lower()
    assert "nbval" not in text
    assert "raises-exception" not in text


@EVERY
def test_a_notebook_has_break_it_change_it_and_end_parts(name):
    cells = read(name).cells
    prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    for part in ("# Break it", "**Change it:**", "# The end"):
        assert part in prose
    assert cells[-1].source.endswith(".stop()")


@EVERY
def test_each_question_precedes_the_cell_with_the_answer(name):
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
def test_the_links_have_existing_targets(name):
    for cell in read(name).cells:
        if cell.cell_type == "markdown":
            for target in re.findall(r"\]\(([^)#]+)\)", cell.source):
                assert (NOTEBOOKS / target).exists(), target
