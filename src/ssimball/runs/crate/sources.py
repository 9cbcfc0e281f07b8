"""The code that is at hand: who wrote it, under which licence, and whether it made a run."""

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

#: Files and folders that it takes to make a run again.
_PARTS = (
    *("CITATION.cff", "LICENSE", "Makefile", "README.md", "Snakefile", "config", "config.yaml"),
    *("docs", "envs", "profiles", "pyproject.toml", "src", "workflow"),
)


@dataclass(frozen=True)
class Author:
    """Of the code or of results; ``url`` is an ORCID or another page, where one is known."""

    name: str
    url: str | None = None
    person: bool = False


class Sources:
    """The project as a folder.

    Args:
        root: the folder; without a Snakefile in it, only the package is installed.
    """

    def __init__(self, root: Path = SOURCE_ROOT.parent) -> None:
        self.root = root if (root / "Snakefile").is_file() else None
        self._cited: Mapping[str, Any] = {}
        if self.root is not None and (self.root / "CITATION.cff").is_file():
            text = (self.root / "CITATION.cff").read_text(encoding="utf-8")
            self._cited = yaml.safe_load(text)

    @property
    def authors(self) -> list[Author]:
        """Those of the citation file."""
        found = [_author(one) for one in self._cited.get("authors", ())]
        return found or [Author("The ssimball authors")]

    @property
    def licence(self) -> str:
        """Of the code, by SPDX's identifier."""
        return str(self._cited.get("license", "MIT"))

    def files(self) -> Iterator[str]:
        """Paths of what belongs into a crate, relative to the folder, sorted."""
        if self.root is None:
            return
        for part in _PARTS:
            place = self.root / part
            for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
                name = path.relative_to(self.root)
                built = any(one == "__pycache__" or one.endswith(".egg-info") for one in name.parts)
                if path.is_file() and not built:
                    yield name.as_posix()

    def strangers(self, run: Run, tables: Iterable[str]) -> list[str]:
        """Tables that other code has made than is at hand, by the fingerprints they carry."""
        if self.root is None:
            return list(tables)
        known = set(_fingerprints(self.root, run))
        return [path for path in tables if run.origin(path)["code"] not in known]


def _author(cited: Mapping[str, str]) -> Author:
    url = cited.get("orcid") or cited.get("website")
    if "name" in cited:
        return Author(cited["name"], url)
    names = (cited.get(key, "") for key in ("given-names", "name-particle", "family-names"))
    return Author(" ".join(filter(None, names)), url, person=True)


def _fingerprints(root: Path, run: Run) -> Iterator[str]:
    """Of every script with every module that it may load by name for this run."""
    study = run.study
    methods = {settings.method for settings in study.attack_settings.values()}
    modules = [
        datasets.MODULES[study.dataset.kind],
        *(attacks.module(name) for name in sorted(methods)),
        *(explanations.module(one.method) for one in study.explanation_settings.values()),
    ]
    for script in sorted((root / "workflow" / "scripts").glob("*.py")):
        yield fingerprint(script)
        yield from (fingerprint(script, [module]) for module in modules)
