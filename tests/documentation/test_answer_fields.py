"""docs/answer.md describes every field of answer.json."""

from pathlib import Path

from pydantic import BaseModel

from ssimball.report.answer import model

PAGE = Path(__file__).resolve().parents[2] / "docs" / "answer.md"


def test_every_field_of_the_answer_is_described():
    parts = [one for one in vars(model).values() if isinstance(one, type)]
    fields = [
        field
        for part in parts
        if issubclass(part, BaseModel) and part.__module__ == model.__name__
        for field in part.model_fields
    ]
    text = PAGE.read_text()
    listed = [line.split("|")[2].strip(" `") for line in text.splitlines() if "| `" in line]
    assert len(fields) > 40
    assert sorted(fields) == sorted(one for one in listed if one in fields)
