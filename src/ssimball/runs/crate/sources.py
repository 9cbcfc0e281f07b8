"""The code at hand: its authors, its licence, and whether it made a run."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ssimball.attacks import registry as attacks
from ssimball.datasets import registry as datasets
from ssimball.explanations import registry as explanations
from ssimball.runs.run import Run
from ssimball.runtime.fingerprint import SOURCE_ROOT, fingerprint

#: Files and folders that are needed to make a run again.
_PARTS = (
    *("CITATION.cff", "LICENSE", "Makefile", "README.md", "Snakefile", "config", "config.yaml"),
    *("docs", "envs", "profiles", "pyproject.toml", "src", "workflow"),
)


@dataclass(frozen=True)
class Author:
    """An author of code or of results.

    Attributes:
        name: full name.
        url: an ORCID or another page; None: not known.
        person: whether the author is a person, not an organisation.
    """

    name: str
    url: str | None = None
    person: bool = False


class Sources:
    """The folder of the project.

    Attributes:
        root: the folder; None: it holds no Snakefile, so only the package is installed.
    """

    def __init__(self, root: Path = SOURCE_ROOT.parent) -> None:
        """Open the folder and read its CITATION.cff, where there is one."""
        self.root = root if (root / "Snakefile").is_file() else None
        self._citation: Mapping[str, Any] = {}
        if self.root is not None and (self.root / "CITATION.cff").is_file():
            text = (self.root / "CITATION.cff").read_text(encoding="utf-8")
            self._citation = yaml.safe_load(text)

    @property
    def authors(self) -> list[Author]:
        """Authors in CITATION.cff, or one that stands for all where it names none."""
        authors = [_author(entry) for entry in self._citation.get("authors", ())]
        return authors or [Author("The ssimball authors")]

    @property
    def licence(self) -> str:
        """SPDX identifier of the code's licence."""
        return str(self._citation.get("license", "MIT"))

    def files(self) -> Iterator[str]:
        """Yield the sorted paths of the sources that belong in a crate, relative to the folder."""
        if self.root is None:
            return
        for part in _PARTS:
            top = self.root / part
            for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
                name = path.relative_to(self.root)
                built = any(p == "__pycache__" or p.endswith(".egg-info") for p in name.parts)
                if path.is_file() and not built:
                    yield name.as_posix()

    def unknown_origin(self, run: Run, tables: Iterable[str]) -> list[str]:
        """Return the tables whose fingerprint is not that of the sources: other code made them."""
        if self.root is None:
            return list(tables)
        known = set(_fingerprints(self.root, run))
        return [path for path in tables if run.origin(path).code not in known]


def _author(entry: Mapping[str, str]) -> Author:
    url = entry.get("orcid") or entry.get("website")
    if "name" in entry:
        return Author(entry["name"], url)
    names = (entry.get(key, "") for key in ("given-names", "name-particle", "family-names"))
    return Author(" ".join(filter(None, names)), url, person=True)


def _fingerprints(root: Path, run: Run) -> Iterator[str]:
    """Yield fingerprints of every script with every module that it may load by name for a run."""
    study = run.study
    methods = {settings.method for settings in study.attack_settings.values()}
    modules = [
        datasets.MODULES[study.dataset.kind],
        *(attacks.module(name) for name in sorted(methods)),
        *(explanations.module(settings.method) for settings in study.explanation_settings.values()),
    ]
    for script in sorted((root / "workflow" / "scripts").glob("*.py")):
        yield fingerprint(script)
        yield from (fingerprint(script, [module]) for module in modules)
