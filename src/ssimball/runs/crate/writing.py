"""Writing of a crate into the run's folder, a new folder, or a zip file."""

import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ssimball.errors import ArtifactError
from ssimball.runs.crate.contents import Contents
from ssimball.runs.crate.names import ATTRIBUTION, METADATA, SNAKEFILE, WORKFLOW
from ssimball.storage.atomic import copy_file, replacing, write_text
from ssimball.storage.regular_files import open_regular, require_no_links

#: Date of all entries of a zip file, so that equal crates have equal bytes.
_DATE_TIME = (1980, 1, 1, 0, 0, 0)
_MODE = 0o644 << 16
#: Suffixes of files that are compressed already.
_COMPRESSED = (".parquet", ".png", ".pdf")


def check_target(target: Path, run: Path) -> None:
    """Require a target that a crate can be written to.

    Args:
        target: a folder or a file ending in ``.zip``.
        run: results folder of the run.

    Raises:
        ArtifactError: the folder is not empty, or lies in the run's; or a file is no ``.zip``.
    """
    if target.resolve().is_relative_to(run.resolve()):
        raise ArtifactError(
            f"{target}: lies in the run's folder; leave --output out to write the crate there"
        )
    if target.is_dir() and (target.suffix == ".zip" or any(target.iterdir())):
        raise ArtifactError(f"{target}: is not empty; name a new folder, or a file ending in .zip")
    if target.is_file() and target.suffix != ".zip":
        raise ArtifactError(f"{target}: is a file; name a folder, or a file ending in .zip")


def write_crate(contents: Contents, graph: dict[str, Any], target: Path | None) -> Path:
    """Write metadata, attribution and sources, and with a target copies of the run's files.

    Args:
        contents: contents of the crate.
        graph: content of the metadata file.
        target: a new folder or a file ending in ``.zip``; None: the run's own folder.

    Returns:
        What was written: the metadata file in the run's folder, or the target.
    """
    texts = {
        METADATA: json.dumps(graph, indent=2, ensure_ascii=False) + "\n",
        ATTRIBUTION: contents.attribution,
    }
    if target is None:
        _into_folder(contents, texts, contents.run.folder)
        return contents.run.folder / METADATA
    if target.suffix == ".zip":
        _into_zip(contents, texts, target)
    else:
        _into_folder(contents, texts, target)
    return target


def _copies(contents: Contents) -> Iterator[tuple[str, Path]]:
    """Yield the path in the crate and the file of everything that the crate copies."""
    for path in contents.files:
        yield path, contents.run.folder / path
    if contents.code.root is not None:
        for path in contents.code.files:
            yield f"{WORKFLOW}/{path}", contents.code.root / path


def _into_folder(contents: Contents, texts: dict[str, str], folder: Path) -> None:
    require_no_links(folder / SNAKEFILE, folder)
    if (folder / SNAKEFILE).is_file():
        shutil.rmtree(folder / WORKFLOW)  # Of an earlier crate.
    for path, source in _copies(contents):
        target = folder / path
        if target != source:
            copy_file(source, target, folder)
    # The metadata file comes last, since it describes files that exist.
    for path, text in reversed(texts.items()):
        write_text(folder / path, text, folder)


def _into_zip(contents: Contents, texts: dict[str, str], target: Path) -> None:
    with replacing(target) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for path, text in texts.items():
            archive.writestr(_entry(path), text)
        for path, source in _copies(contents):
            with open_regular(source) as stream, archive.open(_entry(path, source), "w") as entry:
                shutil.copyfileobj(stream, entry, 1 << 20)


def _entry(path: str, source: Path | None = None) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(path, _DATE_TIME)
    entry.external_attr = _MODE
    compressed = path.endswith(_COMPRESSED)
    entry.compress_type = zipfile.ZIP_STORED if compressed else zipfile.ZIP_DEFLATED
    if source is not None:
        entry.file_size = source.stat().st_size  # So that large files get the 64-bit format.
    return entry
