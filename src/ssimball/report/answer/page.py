"""The answer as Markdown, with all rows, and as JSON."""

from pathlib import Path

from pydantic import ValidationError

from ssimball.errors import ArtifactError
from ssimball.report.answer.model import Answer
from ssimball.report.answer.rendering import FINDINGS, ROWS
from ssimball.report.answer.sentences import findings
from ssimball.report.answer.words import cells, columns, note, subject
from ssimball.storage.regular_files import MAX_TEXT, read_regular


def answer_markdown(answer: Answer) -> str:
    """Return the answer as Markdown, in the words of the text: what was found, then all rows."""
    return f"{findings_markdown(answer)}\n{rows_markdown(answer)}"


def findings_markdown(answer: Answer) -> str:
    """Return the question, the subject and the findings."""
    return FINDINGS.render(
        question=answer.question, subject=subject(answer), findings=findings(answer)
    )


def rows_markdown(answer: Answer) -> str:
    """Return a table with a row for each attack and control, and what its columns mean."""
    rows = [
        {"name": row.display_name + (" (control)" if row.is_control else ""), "cells": cells(row)}
        for row in answer.attacks
    ]
    return ROWS.render(columns=["attack", *columns(answer)], rows=rows, note=note(answer))


def answer_json(answer: Answer) -> str:
    """Return the answer as JSON; :func:`read_answer` reads it."""
    return answer.model_dump_json(indent=2) + "\n"


def read_answer(path: Path) -> Answer:
    """Read ``answer.json``.

    Raises:
        ArtifactError: the file is missing, damaged or of another version.
    """
    try:
        return Answer.model_validate_json(read_regular(path, MAX_TEXT))
    except FileNotFoundError:
        raise ArtifactError(f"{path}: no such file; finish the run first") from None
    except OSError as error:
        raise ArtifactError(f"{path}: cannot be read ({error.strerror})") from None
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        key = ".".join(map(str, problem["loc"]))
        raise ArtifactError(
            f"{path}: is no answer of this version of ssimball ({key}: {problem['msg']}); run again"
        ) from None
