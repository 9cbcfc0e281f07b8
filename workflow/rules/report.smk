# Outputs that `snakemake --report` shows, with their caption and category.
import mimetypes

from ssimball.report.catalogue import FIGURES, PICTURES

# Types that not every system knows. A browser saves files that it cannot show under their names.
for _end, _kind in {
    ".parquet": "application/vnd.apache.parquet",
    ".yaml": "application/yaml",
    ".sha256": "text/plain",
}.items():
    mimetypes.add_type(_kind, _end)

_FORMATS = {"png": "PNG", "pdf": "PDF", "parquet": "numbers, Parquet"}


def _reported(name, caption, category, subcategory, **labels):
    return report(
        f"{RESULTS}/{name}",
        caption=f"../report/{caption}.rst",
        category=category,
        subcategory=subcategory,
        labels=labels,
    )


def drawn_by(rule_name, category):
    """Return the files of all figures that a rule draws, by name."""
    return {
        name: figure(name, (FIGURES | PICTURES)[name].title, name, category)
        for name in PLAN.figures.get(rule_name, [])
    }


def figure(name, title, caption, category, shown=("png", "pdf", "parquet")):
    """Return the PNG, PDF and table of a figure; the report shows the formats in `shown`."""
    paths = {kind: f"figures/{name}.{kind}" for kind in _FORMATS}
    return [
        (
            _reported(
                path, caption, category, "Figures", figure=title, file=_FORMATS[kind]
            )
            if kind in shown
            else f"{RESULTS}/{path}"
        )
        for kind, path in paths.items()
    ]


def result(name, title, caption, category):
    """Return a text or a table across images that the report shows."""
    return _reported(
        name, caption, category, "Texts and tables", content=title, file=name
    )
