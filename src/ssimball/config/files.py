"""Configuration files as people write them."""

from pathlib import Path

import yaml

from ssimball.errors import ConfigError

#: The file is read whenever the workflow is parsed, in each job too; libyaml is many times faster.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def check_yaml(path: Path) -> None:
    """Find mistakes in a file before Snakemake does, which would name neither file nor line.

    Raises:
        ConfigError: this is no YAML, or holds no keys at its top.
    """
    try:
        found = yaml.load(path.read_text(encoding="utf-8"), _LOADER)
    except yaml.MarkedYAMLError as error:
        line = "" if error.problem_mark is None else f", line {error.problem_mark.line + 1}"
        raise ConfigError(
            f"{path}{line}: not valid YAML: {error.problem}; look there and at the line above for "
            "tabs, brackets left open and a wrong indentation"
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise ConfigError(f"{path}: not a text in UTF-8; save it with that encoding") from None
    if not isinstance(found, dict):
        raise ConfigError(f"{path}: expected lines such as 'seed: 0', a key and its value")
