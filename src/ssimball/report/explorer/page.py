"""The page itself: the answer and its figures, and the frame of list and images."""

from typing import Any

import pyarrow.parquet as pq
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ssimball.report.catalogue import FIGURES, TABLES, TEXTS
from ssimball.report.explorer.layout import (
    DATATABLES,
    TEMPLATES,
    assets,
    page_files,
    pages_of,
    styles,
)
from ssimball.report.explorer.shown import Shown
from ssimball.report.text.estimates import Summary
from ssimball.storage.contracts.overlap import SUMMARY
from ssimball.storage.images import png_size
from ssimball.storage.tables import read_table

_VERDICT = "Verdict. "
#: Tables that come with each text.
_TABLES = {
    "answer": ("summary", "comparisons"),
    "causal": ("causal_summary",),
    "sensitivity": ("sensitivity",),
}


def index_html(shown: Shown) -> str:
    """Content of index.html."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    rows = read_table(shown.folder / SUMMARY.path, SUMMARY).to_pylist()
    answer = _text(shown, "answer.txt")
    _, found, verdict = answer.rpartition(_VERDICT)
    return environment.get_template("index.html").render(
        stage=shown.stage,
        images=len(shown.images),
        summary=Summary.from_rows(rows),
        verdict=found + verdict if found else "",
        texts=[(TEXTS[name], name, _text(shown, f"{name}.txt")) for name in shown.stage.texts],
        comparison=_text(shown, "comparison.md"),
        figures=[_figure(shown, name, FIGURES[name]) for name in _figures(shown)],
        sheets=[_figure(shown, f"sheet_{name}", name) for name in shown.attacks],
        tables=[_table(shown, name) for text in shown.stage.texts for name in _TABLES[text]],
        # Ours after those of DataTables, which they change.
        styles=[f"assets/{DATATABLES[1]}", *(f"assets/{name}" for name in styles())],
        scripts=[path for path in assets() if path.endswith(".js")],
        rows=[page_files(page)[0] for page in pages_of(len(shown.images))],
    )


def _text(shown: Shown, name: str) -> str:
    return (shown.folder / name).read_text(encoding="utf-8")


def _figures(shown: Shown) -> list[str]:
    """All, but for those of the name of a text that this run has not."""
    return [name for name in FIGURES if name not in TEXTS or name in shown.stage.texts]


def _figure(shown: Shown, name: str, caption: str) -> dict[str, Any]:
    """With its size, so that nothing moves while it loads."""
    height, width = png_size((shown.folder / "figures" / f"{name}.png").read_bytes())
    return {"name": name, "caption": caption, "width": width, "height": height}


def _table(shown: Shown, name: str) -> dict[str, Any]:
    path = f"{name}.parquet"
    rows = pq.read_metadata(shown.folder / path).num_rows
    content = shown.origin(path)["content"]
    return {"name": path, "holds": TABLES[name], "rows": rows, "content": content}
