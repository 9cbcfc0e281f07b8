"""docs/answer.md describes every field of answer.json."""

import re
from pathlib import Path

from ssimball.report.answer import model, parts

PAGE = Path(__file__).resolve().parents[2] / "docs" / "answer.md"


def test_every_field_of_the_answer_is_described():
    modules = {module.__name__: module for module in (model, parts)}
    named = [one for module in modules.values() for one in vars(module).values()]
    classes = {one for one in named if isinstance(one, type) and one.__module__ in modules}
    fields = [field for part in classes for field in getattr(part, "model_fields", ())]
    text = PAGE.read_text()
    paths = re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)
    listed = [path.rpartition(".")[2] for path in paths]
    assert len(fields) > 40
    assert sorted(fields) == sorted(one for one in listed if one in fields)
