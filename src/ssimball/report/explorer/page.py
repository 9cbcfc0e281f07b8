"""The pages: the answer, the figures, and the frame of the list and the viewer; side by side."""

from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ssimball.report.answer.page import read_answer
from ssimball.report.answer.sentences import findings
from ssimball.report.answer.words import cells, columns, note, subject
from ssimball.report.catalogue import FIGURES, FIGURES_OF, PICTURES, TABLES, TEXTS
from ssimball.report.explorer.layout import (
    DATATABLES,
    TEMPLATES,
    assets,
    page_files,
    pages_of,
    styles,
)
from ssimball.report.explorer.markup import breakable, explained, markdown_html
from ssimball.report.explorer.run_tables import RunTables
from ssimball.report.glossary import GLOSSARY
from ssimball.storage.images import png_size
from ssimball.storage.parquet_files import count_rows
from ssimball.storage.regular_files import read_regular, read_text

#: The figure that is shown with the answer, above all others.
_MAIN = "evidence"
#: The one script of the other page.
_SIDE = "assets/96_side.js"
#: Further texts that every run has.
_BESIDE = {"comparison.md": "Attacks side by side", "details.md": "Other measures of overlap"}
#: The columns of the answer's table by their place there, the most important first, since a phone
#: shows few; and which images each number leads to, in which order.
_COLUMNS = {
    0: "outcome=fooled",
    3: "sort=spearman_cam",
    4: "sort=spearman_cam",
    2: "sort=margin:asc",
    1: "sort=mean_ssim",
}
#: Tables listed for each text.
_TABLES = {
    "answer": ("primary", "summary", "comparisons"),
    "causal": ("causal_summary",),
    "sensitivity": ("sensitivity",),
}


def page_html(run: RunTables, name: str) -> str:
    """Return the content of a page.

    Args:
        run: the tables of the run.
        name: one of :data:`ssimball.report.explorer.layout.PAGES`.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"breakable": breakable, "explained": explained}
    return environment.get_template(name).render(
        stage=run.stage,
        # After the style sheet of DataTables, which they override.
        styles=[f"assets/{DATATABLES[1]}", *(f"assets/{name}" for name in styles())],
        **(_explorer(run) if name == "index.html" else {}),
    )


def _explorer(run: RunTables) -> dict[str, Any]:
    """Return what index.html shows of a run."""
    answer = read_answer(run.folder / "answer.json")
    return {
        "images": len(run.images),
        "answer": answer,
        "subject": subject(answer),
        "columns": _in_order(columns(answer)),
        "attacks": [(row, _in_order(cells(row))) for row in answer.attacks],
        "note": note(answer),
        "findings": findings(answer),
        "texts": [(TEXTS[name], name, _text(run, f"{name}.txt")) for name in run.stage.texts],
        "beside": [
            (title, name, markdown_html(_text(run, name))) for name, title in _BESIDE.items()
        ],
        "glossary": GLOSSARY,
        "shows": list(_COLUMNS.values()),
        "main": _figure(run, _MAIN, FIGURES[_MAIN].caption),
        "figures": _figures(run),
        "sheets": [_figure(run, f"sheet_{name}", name) for name in run.attacks],
        "tables": [_table(run, name) for text in run.stage.texts for name in _TABLES[text]],
        "scripts": [path for path in assets() if path.endswith(".js") and path != _SIDE],
        "rows": [page_files(page)[0] for page in pages_of(len(run.images))],
    }


def _in_order(of_answer: tuple[str, ...]) -> tuple[str, ...]:
    """Return what stands in the columns of the answer's table in the order of this page's."""
    return tuple(of_answer[place] for place in _COLUMNS)


def _text(run: RunTables, name: str) -> str:
    return read_text(run.folder / name)


def _figures(run: RunTables) -> list[dict[str, Any]]:
    """Return all figures but the main one, that of one image after those of the answer."""
    known = {**FIGURES, **PICTURES}
    order = [*FIGURES_OF["answer"], *PICTURES, *FIGURES]
    shown = [name for name in dict.fromkeys(order) if name in run.stage.figures and name != _MAIN]
    return [_figure(run, name, known[name].caption) for name in shown]


def _figure(run: RunTables, name: str, caption: str) -> dict[str, Any]:
    """Return a figure with its size, so that nothing moves while it loads."""
    height, width = png_size(read_regular(run.folder / "figures" / f"{name}.png"))
    return {"name": name, "caption": caption, "width": width, "height": height}


def _table(run: RunTables, name: str) -> dict[str, Any]:
    path = f"{name}.parquet"
    rows = count_rows(run.folder / path)
    content = run.origin(path)["content"]
    return {"name": path, "holds": TABLES[name], "rows": rows, "content": content}
