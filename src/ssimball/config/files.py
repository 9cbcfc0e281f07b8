"""Checks of configuration files before Snakemake reads them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from ssimball.errors import ConfigError

#: Every job parses the workflow and with it this file; libyaml is many times faster.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def check_yaml(path: Path) -> None:
    """Check that a file is YAML with keys at its top level.

    Snakemake would report a mistake without naming the file or the line.

    Args:
        path: the configuration file.

    Raises:
        ConfigError: the file is not UTF-8, is not YAML, or has no keys at its top level.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), _LOADER)
    except yaml.MarkedYAMLError as error:
        line = "" if error.problem_mark is None else f", line {error.problem_mark.line + 1}"
        raise ConfigError(
            f"{path}{line}: not valid YAML: {error.problem}; check this line and the one above for "
            "tabs, open brackets and wrong indentation"
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise ConfigError(f"{path}: not a UTF-8 text file; save it as UTF-8") from None
    if not isinstance(content, dict):
        raise ConfigError(f"{path}: expected keys with values, such as 'seed: 0'")


def read_settings(path: Path) -> dict[str, Any]:
    """Read a configuration file.

    Args:
        path: the file.

    Raises:
        ConfigError: as :func:`check_yaml`.
    """
    check_yaml(path)
    settings: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
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
