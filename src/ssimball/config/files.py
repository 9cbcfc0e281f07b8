"""Checks of configuration files before Snakemake reads them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ssimball.errors import ConfigError
from ssimball.storage.yaml_files import read_yaml


def check_yaml(path: Path) -> None:
    """Check that a file is YAML with keys at its top level.

    Snakemake would report a mistake without naming the file or the line.

    Args:
        path: the configuration file.

    Raises:
        ConfigError: see :func:`read_settings`.
    """
    read_settings(path)


def read_settings(path: Path, aliases: bool = True) -> dict[str, Any]:
    """Read a configuration file.

    Args:
        path: the file.
        aliases: whether it may have YAML aliases.

    Raises:
        ConfigError: the file is not UTF-8, is not YAML, or has no keys at its top level.
    """
    settings = read_yaml(path, aliases)
    if not isinstance(settings, dict):
        raise ConfigError(f"{path}: expected keys with values, such as 'seed: 0'")
    return settings


def merged(below: Any, above: Any) -> Any:
    """Merge settings key by key, as Snakemake puts one configuration file over another.

    Examples:
        >>> merged({"subset": {"images": 20}, "seed": 0}, {"subset": {"images": 4}})
        {'subset': {'images': 4}, 'seed': 0}
    """
    if not isinstance(below, Mapping) or not isinstance(above, Mapping):
        return above
    return {**below, **{key: merged(below.get(key), value) for key, value in above.items()}}
