"""Write config.yaml and config/schema.json from the typed models.

Run it in the project's folder: ``python -m ssimball.config.generate .``
"""

import json
import sys
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from ssimball.config.base import ratio_text
from ssimball.config.study import StudyConfig
from ssimball.storage.atomic import write_text

HEADER = """\
# The default configuration: `snakemake` without options runs it, as `make scenes` does, on
# generated scenes, offline, in minutes on two cores. Generated from src/ssimball/config by
# `make config`; a test fails if the two differ.
# To change values, prefer an overlay to editing this file: snakemake --configfile my_study.yaml
"""


def default_yaml() -> str:
    """Return config.yaml: every key with its default, and its description as a comment."""
    return HEADER + "\n".join(_lines(StudyConfig(), 0)) + "\n"


def schema_json() -> str:
    """Return the JSON schema of a configuration, which editors use for completion and checks."""
    return json.dumps(StudyConfig.model_json_schema(), indent=2) + "\n"


def _lines(section: BaseModel, depth: int) -> list[str]:
    """Return the lines of a section's keys, indented by its depth."""
    lines, pad = [], "  " * depth
    for key, field in type(section).model_fields.items():
        value = getattr(section, key)
        if depth == 0:
            lines.append("")
        if isinstance(value, BaseModel):
            summary = (type(value).__doc__ or "").split("\n")[0]
            lines += [f"{pad}{key}:  # {summary}", *_lines(value, depth + 1)]
        elif isinstance(value, dict) and value:
            lines += [f"{pad}{key}:  # {field.description}", *_entries(value, depth + 1)]
        else:
            comment = f"  # {field.description}" if field.description else ""
            lines.append(f"{pad}{key}: {_scalar(value)}{comment}")
    return lines


def _entries(entries: dict[str, Any], depth: int) -> list[str]:
    """Return the lines of a mapping whose keys the user chooses."""
    lines, pad = [], "  " * depth
    for name, entry in entries.items():
        if isinstance(entry, BaseModel):
            lines += [f"{pad}{name}:", *_lines(entry, depth + 1)]
        else:
            lines.append(f"{pad}{name}: {_scalar(entry)}")
    return lines


def _scalar(value: Any) -> str:
    if isinstance(value, float) and "/" in (text := ratio_text(value)):
        return text
    text = yaml.safe_dump(value, default_flow_style=True, width=1000)
    return text.removesuffix("...\n").strip()


if __name__ == "__main__":
    root = Path(sys.argv[1])
    write_text(root / "config.yaml", default_yaml())
    write_text(root / "config" / "schema.json", schema_json())
