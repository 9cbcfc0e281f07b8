"""Find the weights of the networks in config/networks.

``python -m ssimball.pipeline.network_weights FOLDERS [NAME...]`` prints a line for each network
whose weights are there: its name, and the file in quotes as in YAML. FOLDERS are separated as in
PATH; names choose networks. A sentence says which are not there.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from ssimball.config.files import read_settings
from ssimball.config.model import ModelConfig
from ssimball.errors import ConfigError, SsimballError
from ssimball.storage.provenance import file_sha256

#: Overlays of networks, in the project's folder.
OVERLAYS = Path("config/networks")
#: Fewest networks that can be compared.
_FEWEST = 2


def find_weights(overlay: Path, folders: Iterable[Path]) -> str | None:
    """Return ``model.weights`` of a network whose weights are on this machine, or None.

    Args:
        overlay: the network's overlay.
        folders: where to look for its file, one after the other; not used where the weights are in
            an installed Python package.

    Raises:
        ConfigError: the overlay cannot be read or names no file of weights, or the file has
            another sha256.
    """
    model = read_settings(overlay).get("model", {})
    named, sha256 = model.get("weights", ""), model.get("sha256")
    try:
        file = ModelConfig(weights=named).weights_file
    except ConfigError:
        return None
    if file is None:
        raise ConfigError(f"{overlay}: model.weights: expected a file, not {named!r}")
    # A file inside a package has its whole path.
    places = [file] if file.is_absolute() else [folder / file for folder in folders]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        return None
    if sha256 is not None and (actual := file_sha256(found)) != sha256:
        raise ConfigError(
            f"{found}: has sha256 {actual}, {overlay} expects {sha256}; take the right file, or "
            "leave this one out of WEIGHTS"
        )
    return str(named) if file.is_absolute() else str(found)


def available(folders: Sequence[Path], names: Sequence[str] = ()) -> dict[str, str]:
    """Return the weights of each network that is there, and say which networks are not.

    Args:
        folders: where to look for files of weights.
        names: the networks to look for; empty: all.

    Raises:
        ConfigError: there are fewer than two networks, no network of a name, or a folder does not
            exist.
    """
    for folder in folders:
        if not folder.is_dir():
            raise ConfigError(f"WEIGHTS: there is no folder {folder}; correct the path")
    overlays = {path.stem: path for path in sorted(OVERLAYS.glob("*.yaml"))}
    for name in names:
        if name not in overlays:
            raise ConfigError(f"{OVERLAYS} has no network {name!r}; it has {', '.join(overlays)}")
    weights = {name: find_weights(overlays[name], folders) for name in names or overlays}
    found = {name: file for name, file in weights.items() if file is not None}
    missing = [f"{name} ({_source(name)})" for name in weights if name not in found]
    if missing:
        sys.stderr.write(f"Left out, since their weights are not here: {', '.join(missing)}\n")
    if len(found) < _FEWEST:
        raise ConfigError(
            f"WEIGHTS: {len(found)} of the networks in {OVERLAYS} have weights in "
            f"{os.pathsep.join(map(str, folders))}, a comparison takes {_FEWEST}; name the folders "
            "that hold more of them"
        )
    return found


def _source(name: str) -> str:
    """Return what is missing: a file, or a Python package."""
    weights = str(read_settings(OVERLAYS / f"{name}.yaml")["model"]["weights"])
    package, is_package, _ = weights.partition(":")[2].partition("/")
    return f"Python package {package}" if is_package else Path(weights).name


def main() -> None:
    """Run the command line of this module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", help="folders with files of weights, separated as in PATH")
    parser.add_argument("names", nargs="*", help="networks to look for, all by default")
    given = parser.parse_args()
    folders = [Path(folder) for folder in given.folders.split(os.pathsep) if folder]
    try:
        for name, file in available(folders, given.names).items():
            line = f"{name} {json.dumps(file, ensure_ascii=False)}\n"
            # The name of a file as the system has it, whatever the locale.
            sys.stdout.buffer.write(os.fsencode(line))
    except SsimballError as error:
        parser.exit(1, f"ssimball: {error}\n")


if __name__ == "__main__":
    main()
