"""The code at hand: its authors, its licence, and whether it made a run."""

import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ssimball.attacks import registry as attacks
from ssimball.datasets import registry as datasets
from ssimball.errors import ArtifactError
from ssimball.explanations import registry as explanations
from ssimball.runs.run import Run
from ssimball.runtime.fingerprint import SOURCE_ROOT, fingerprint
from ssimball.storage.yaml_files import read_yaml

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
            self._citation = read_yaml(self.root / "CITATION.cff")

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
        """Yield the sorted paths of the sources that belong in a crate, relative to the folder.

        In a checkout, these are files under version control; elsewhere, all that are not hidden.

        Raises:
            ArtifactError: git cannot say which files these are.
        """
        if self.root is None:
            return
        for name in _tracked(self.root) if (self.root / ".git").exists() else _all(self.root):
            path = self.root / name
            if path.is_file() and not path.is_symlink():
                yield name

    def unknown_origin(self, run: Run, tables: Iterable[str]) -> list[str]:
        """Return the tables whose fingerprint is not that of the sources: other code made them."""
        if self.root is None:
            return list(tables)
        known = set(_fingerprints(self.root, run))
        return [path for path in tables if run.origin(path).code not in known]


def _tracked(root: Path) -> list[str]:
    command = ["git", "-C", str(root), "ls-files", "-z", "--", *_PARTS]
    try:
        # A session's GIT_DIR would name another repository.
        environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        done = subprocess.run(command, capture_output=True, check=True, env=environment)
    except (OSError, subprocess.CalledProcessError) as error:
        raise ArtifactError(
            f"{root}: git does not list the files under version control ({error}), which the crate "
            "would hold; install git, or allow it to read this folder"
        ) from None
    return sorted(filter(None, done.stdout.decode().split("\0")))


def _all(root: Path) -> Iterator[str]:
    for part in _PARTS:
        top = root / part
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            name = path.relative_to(root)
            built = any(p == "__pycache__" or p.endswith(".egg-info") for p in name.parts)
            if not built and not any(p.startswith(".") for p in name.parts):
                yield name.as_posix()


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
