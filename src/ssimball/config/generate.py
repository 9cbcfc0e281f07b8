"""Writes config.yaml and config/schema.json from the typed models: ``python -m ...generate``."""

import json
import sys
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from ssimball.config.base import ratio_text
from ssimball.config.study import StudyConfig

HEADER = """\
# What a bare `snakemake` runs: the demo, offline, minutes on two cores.
# Generated from src/ssimball/config by `make config`; a test fails when the two drift.
# Change values here, or better in an overlay: snakemake --configfile config/manifest.yaml
"""


def default_yaml() -> str:
    """config.yaml: every key with its default and its description as a comment."""
    return HEADER + "\n".join(_lines(StudyConfig(), 0)) + "\n"


def schema_json() -> str:
    """The JSON schema of a configuration, for editors."""
    return json.dumps(StudyConfig.model_json_schema(), indent=2) + "\n"


def _lines(section: BaseModel, depth: int) -> list[str]:
    lines, pad = [], "  " * depth
    for key, field in type(section).model_fields.items():
        value = getattr(section, key)
        if depth == 0:
            lines.append("")
        children = value if isinstance(value, dict) and value else None
        if isinstance(value, BaseModel):
            summary = (type(value).__doc__ or "").split("\n")[0]
            lines += [f"{pad}{key}:  # {summary}", *_lines(value, depth + 1)]
        elif children is not None:
            lines.append(f"{pad}{key}:  # {field.description}")
            for name, child in children.items():
                if isinstance(child, BaseModel):
                    lines += [f"{pad}  {name}:", *_lines(child, depth + 2)]
                else:
                    lines.append(f"{pad}  {name}: {_scalar(child)}")
        else:
            comment = f"  # {field.description}" if field.description else ""
            lines.append(f"{pad}{key}: {_scalar(value)}{comment}")
    return lines


def _scalar(value: Any) -> str:
    if isinstance(value, float) and "/" in (text := ratio_text(value)):
        return text
    text = yaml.safe_dump(value, default_flow_style=True, width=1000)
    return text.removesuffix("...\n").strip()


if __name__ == "__main__":
    root = Path(sys.argv[1])
    (root / "config.yaml").write_text(default_yaml())
    (root / "config" / "schema.json").write_text(schema_json())
