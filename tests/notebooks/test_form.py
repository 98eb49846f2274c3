"""Day 7's sliders: what they hold is what is run."""

import nbformat

from tests.notebooks.kernel import NOTEBOOKS, kernel


def test_the_button_runs_the_steps_with_the_numbers_of_the_sliders():
    notebook = nbformat.read(NOTEBOOKS / "day7.ipynb", as_version=4)
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    form = next(number for number, cell in enumerate(cells) if "IntSlider" in cell)
    with kernel() as running:
        for cell in (cells[0], "import workflows", cells[form]):
            assert "Error" not in running.run(cell)
        seen = running.run("sliders['mul'].value = 5; button.click()")
        assert seen.startswith("{'sub_result': 14.0}")  # 4 / 2 * 5 + 6 - 2
        running.run("sliders['sub'].value = 4; button.click()")
        without = cells[form].replace("import ipywidgets", "import no_such_widgets")
        assert "use the next cell" in running.run(without)
