# What `snakemake --report` shows of a run, and where.
import mimetypes

# Those that not every system knows; a browser saves what it cannot show under its own name.
for _end, _kind in {
    ".parquet": "application/vnd.apache.parquet",
    ".yaml": "application/yaml",
    ".sha256": "text/plain",
}.items():
    mimetypes.add_type(_kind, _end)

_FORMATS = {"png": "PNG", "pdf": "PDF", "parquet": "numbers, Parquet"}


def _shown(name, caption, category, subcategory, **labels):
    return report(
        f"{RESULTS}/{name}",
        caption=f"../report/{caption}.rst",
        category=category,
        subcategory=subcategory,
        labels=labels,
    )


def figure(name, title, caption, category, shown=("png", "pdf", "parquet")):
    """PNG, PDF and table of a figure; in the report those that are `shown`."""
    paths = {kind: f"figures/{name}.{kind}" for kind in _FORMATS}
    return [
        (
            _shown(
                path, caption, category, "Figures", figure=title, file=_FORMATS[kind]
            )
            if kind in shown
            else f"{RESULTS}/{path}"
        )
        for kind, path in paths.items()
    ]


def told(name, title, caption, category):
    """A table across images, or what a run says in words."""
    return _shown(name, caption, category, "Words and tables", content=title, file=name)
