"""Names of the user's are drawn without missing glyphs, formulas and errors."""

import io
import warnings

import pytest
from matplotlib.figure import Figure

from ssimball.report.drawn_names import NOTE, drawn_class, drawn_id, say_replaced
from ssimball.report.figures.style import style

NAMES = ["虎猫", "トラ", "호랑이", "หมา", "👍", "a\tb", r"$\bad{$", "a$b", "5 $ and 6 $", "Übung é"]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_drawn_without_a_warning(name):
    figure = Figure()
    figure.text(0, 0, drawn_class(name, 7))
    figure.text(0, 0.5, drawn_id(name))
    say_replaced(figure, [name])
    with warnings.catch_warnings(), style():
        warnings.simplefilter("error")
        figure.savefig(io.BytesIO(), format="pdf")


def test_replaced_names_are_numbers():
    names = ("虎猫", "tabby", "a$b")
    assert [drawn_class(name, 7) for name in names] == ["class 7", "tabby", r"a\$b"]
    assert drawn_id("ü/猫.jpg") == r"ü/\u732b.jpg"


@pytest.mark.parametrize(("name", "said"), [("虎", [NOTE]), ("tiger", [])])
def test_a_figure_says_that_names_are_replaced(name, said):
    assert [text.get_text().strip() for text in say_replaced(Figure(), [name]).texts] == said
