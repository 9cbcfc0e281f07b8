"""Across images: statistics from the stored values of each image, and words from the statistics."""

from typing import Any

import pandas as pd

from ssimball.report.text.answer import answer_table
from ssimball.report.text.causal import causal_text
from ssimball.report.text.comparison import comparison_table
from ssimball.report.text.sensitivity import sensitivity_text
from ssimball.runs.audit.findings import Tally
from ssimball.runs.audit.interface import Check
from ssimball.runs.layout import texts
from ssimball.runs.run import Row, Run
from ssimball.statistics.causal import summarise_causal
from ssimball.statistics.paired import comparisons
from ssimball.statistics.sensitivity import summarise_sensitivity
from ssimball.statistics.summary import summarise
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.causal import CAUSAL, CAUSAL_SUMMARY, CURVES, REFERENCE_CURVES
from ssimball.storage.contracts.columns import Contract, network_name
from ssimball.storage.contracts.overlap import COMPARISONS, OVERLAP, SUMMARY
from ssimball.storage.contracts.sensitivity import SENSITIVITY, SENSITIVITY_OVERLAP
from ssimball.storage.tables import read_frame, read_frames

#: Between machines whose libraries sum in another order.
TOLERANCE = 1e-9
_MADE_OF: dict[str, Contract] = {
    "answer.txt": SUMMARY,
    "comparison.md": SUMMARY,
    "causal.txt": CAUSAL_SUMMARY,
    "sensitivity.txt": SENSITIVITY,
}


def _statistics(run: Run, artifact: str, tally: Tally) -> None:
    stage = run.origin(artifact)["stage"]
    (contract,) = (one.contract for one in run.tables if one.path == artifact)
    expected = _MAKE[contract.name](run, stage)
    names = [column.name for column in contract.columns]
    tally.rows(names, expected, run.rows(artifact), TOLERANCE, TOLERANCE)


def _plain(contract: Contract) -> list[str]:
    return [column.name for column in contract.columns if not column.dims]


def paths(run: Run, contract: Contract, attacks: list[str] | None = None) -> list[str]:
    """Files of the run's own network, attack by attack, as the workflow lists them."""
    own = [one for one in run.tables if one.contract == contract and not one.place]
    if attacks is not None:
        own = [one for name in attacks for one in own if one.attack == name]
    return [str(run.folder / one.path) for one in own]


def _facts(run: Run, stage: Row) -> pd.DataFrame:
    return read_frames(paths(run, ATTACKS, stage["attacks"]), ATTACKS, _plain(ATTACKS))


def _terms(stage: Row, facts: pd.DataFrame) -> dict[str, Any]:
    classes = dict(zip(facts["image_id"], facts["label"], strict=True))
    return {**stage["statistics"], "seed": stage["seed"], "classes": classes}


def _summary(run: Run, stage: Row) -> list[Row]:
    overlap = read_frame(run.folder / OVERLAP.path, OVERLAP, _plain(OVERLAP))
    facts = _facts(run, stage)
    return summarise(overlap, facts, **_terms(stage, facts))


def _comparisons(run: Run, stage: Row) -> list[Row]:
    overlap = read_frame(run.folder / OVERLAP.path, OVERLAP, _plain(OVERLAP))
    return comparisons(overlap, **_terms(stage, _facts(run, stage)))


def _causal(run: Run, stage: Row) -> list[Row]:
    attacks = stage["attacks"]
    return summarise_causal(
        read_frames(paths(run, CAUSAL, attacks), CAUSAL, _plain(CAUSAL)),
        read_frames(paths(run, CURVES, attacks), CURVES, _plain(CURVES)),
        read_frames(paths(run, REFERENCE_CURVES), REFERENCE_CURVES, _plain(REFERENCE_CURVES)),
        seed=stage["seed"],
        **stage["statistics"],
    )


def _sensitivity(run: Run, stage: Row) -> list[Row]:
    path = run.folder / SENSITIVITY_OVERLAP.path
    swept = run.origin(SENSITIVITY_OVERLAP.path)["stage"]["attacks"]
    facts = [_facts(run, {"attacks": swept}).assign(network=None)]
    for one in run.tables:
        if one.contract == ATTACKS and one.place:
            frame = read_frames([str(run.folder / one.path)], ATTACKS, _plain(ATTACKS))
            facts.append(frame.assign(network=network_name(one.place)))
    joined = pd.concat(facts, ignore_index=True)
    overlap = read_frame(path, SENSITIVITY_OVERLAP, _plain(SENSITIVITY_OVERLAP))
    return summarise_sensitivity(overlap, joined, **_terms(stage, joined))


_MAKE = {
    SUMMARY.name: _summary,
    COMPARISONS.name: _comparisons,
    CAUSAL_SUMMARY.name: _causal,
    SENSITIVITY.name: _sensitivity,
}


def _texts(run: Run, artifact: str, tally: Tally) -> None:
    path = _MADE_OF[artifact].path
    stage, rows = run.origin(path)["stage"], run.rows(path)
    confidence = stage["statistics"]["confidence"]
    if artifact == "answer.txt":
        text = answer_table(
            rows,
            confidence=confidence,
            top=stage["top"],
            pairs=run.rows(COMPARISONS.path),
            controls=stage["controls"],
        )
    elif artifact == "comparison.md":
        text = comparison_table(_facts(run, stage))
    elif artifact == "sensitivity.txt":
        text = sensitivity_text(rows, stage["base"])
    else:
        text = causal_text(rows, top=stage["top"], confidence=confidence)
    stored = (run.folder / artifact).read_text(encoding="utf-8")
    for number, (mine, other) in enumerate(
        zip(text.splitlines(), stored.splitlines(), strict=False), 1
    ):
        tally.equal(f"line {number}", "text", mine, other)
    tally.true("", "text", text == stored, "what the tables say", "another text")


CHECKS = (
    Check(
        "statistics",
        "they follow from the values of each image",
        lambda run: run.of(SUMMARY, COMPARISONS, CAUSAL_SUMMARY, SENSITIVITY),
        _statistics,
    ),
    Check("texts", "it says what the tables say", lambda run: texts(run.study), _texts),
)
