"""Checks of texts: derive them from the statistics again."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from ssimball.config.stages.statistics import CausalSummaryStage, SensitivityStage, SummaryStage
from ssimball.report.answer.details import details_table
from ssimball.report.answer.model import Answer
from ssimball.report.answer.settings import answer_stage
from ssimball.report.answer.stored import FORMS, answer_of_run
from ssimball.report.text.causal import causal_text
from ssimball.report.text.comparison import comparison_text
from ssimball.report.text.sensitivity import sensitivity_text
from ssimball.runs.audit.findings import Tally
from ssimball.runs.audit.interface import Check
from ssimball.runs.layout import text_paths
from ssimball.runs.run import Run
from ssimball.statistics.stored.summary import read_facts
from ssimball.statistics.stored.units import inference_of_run
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.causal import CAUSAL_SUMMARY
from ssimball.storage.contracts.images import CLEAN
from ssimball.storage.contracts.maps import EXPLANATIONS
from ssimball.storage.contracts.overlap import SUMMARY
from ssimball.storage.contracts.randomised import RANDOMISED
from ssimball.storage.contracts.region_noise import REGION_NOISE_SUMMARY
from ssimball.storage.contracts.region_test import REGION_TEST_SUMMARY
from ssimball.storage.contracts.sensitivity import SENSITIVITY
from ssimball.storage.regular_files import read_text


def _texts(run: Run, path: str, tally: Tally) -> None:
    text = _DERIVE[path](run)
    stored = read_text(run.folder / path)
    lines = zip(text.splitlines(), stored.splitlines(), strict=False)
    for number, (derived, found) in enumerate(lines, 1):
        tally.equal(f"line {number}", "text", derived, found)
    tally.holds("", "text", text == stored, "the text derived from the tables", "another text")


def _answer(run: Run) -> Answer:
    """Make the answer again."""
    return answer_of_run(
        run.folder,
        run.files(CLEAN),
        [path for path in run.files(EXPLANATIONS) if Path(path).parent.name == "cam"],
        answer_stage(run.study),
        randomised=bool(run.paths_of(RANDOMISED)),
        region_noise=bool(run.paths_of(REGION_NOISE_SUMMARY)),
        region_test=bool(run.paths_of(REGION_TEST_SUMMARY)),
    )


def _form(form: Callable[[Answer], str], run: Run) -> str:
    return form(run.once(_answer))


def _comparison(run: Run) -> str:
    stage = run.stage(SUMMARY.path, SummaryStage)
    facts = read_facts(run.files(ATTACKS, stage.attacks))
    return comparison_text(facts, stage, inference_of_run(run.files(CLEAN), stage))


def _causal(run: Run) -> str:
    stage = run.stage(CAUSAL_SUMMARY.path, CausalSummaryStage)
    confidence = stage.statistics.confidence
    return causal_text(run.rows(CAUSAL_SUMMARY.path), confidence=confidence)


def _sensitivity(run: Run) -> str:
    confidence = run.stage(SENSITIVITY.path, SensitivityStage).statistics.confidence
    return sensitivity_text(run.rows(SENSITIVITY.path), confidence)


#: Derives a text from the tables of a run, by the path of the text.
_DERIVE: dict[str, Callable[[Run], str]] = {
    **{name: partial(_form, form) for name, form in FORMS.items()},
    "details.md": lambda run: details_table(run.rows(SUMMARY.path)),
    "comparison.md": _comparison,
    "causal.txt": _causal,
    "sensitivity.txt": _sensitivity,
}


CHECKS = (
    Check(
        "texts",
        "the text states what the tables hold",
        lambda run: text_paths(run.study),
        _texts,
        family="tables",
        cost=0.05,
    ),
)
