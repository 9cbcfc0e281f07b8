"""The answer of a run from its stored tables; the workflow and the audit both call this."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from ssimball.config.stages.answer import AnswerStage
from ssimball.overlap.stored_maps import are_exact
from ssimball.report.answer.build import AnswerSources, build_answer
from ssimball.report.answer.model import Answer
from ssimball.report.answer.page import answer_json, answer_markdown
from ssimball.report.answer.text import answer_text
from ssimball.statistics.top1 import top1_warning
from ssimball.storage.contracts.images import CLEAN
from ssimball.storage.contracts.maps import EXPLANATIONS
from ssimball.storage.contracts.overlap import PRIMARY, SUMMARY
from ssimball.storage.contracts.randomised import RANDOMISED
from ssimball.storage.contracts.region_noise import REGION_NOISE_SUMMARY
from ssimball.storage.contracts.region_test import REGION_TEST_SUMMARY
from ssimball.storage.tables import read_frames, read_table, tensor_shape

#: Makes a file of the answer, by its name.
FORMS = {"answer.txt": answer_text, "answer.md": answer_markdown, "answer.json": answer_json}


def answer_of_run(
    folder: Path,
    clean: Iterable[str],
    cams: Iterable[str],
    stage: AnswerStage,
    *,
    randomised: bool,
    region_noise: bool,
    region_test: bool,
) -> Answer:
    """Make the answer of a run.

    Args:
        folder: folder of the run, with primary.parquet and summary.parquet.
        clean: files of the ``clean`` table of the run's own network.
        cams: files of its class activation maps.
        stage: what the configuration says of data set, network and attacks.
        randomised: whether the run has networks with random weights.
        region_noise: whether it has noise in regions.
        region_test: whether it has an attack confined to regions.
    """
    images, paths = read_frames(clean, CLEAN, ["correct"]), [*map(Path, cams)]
    # Where a file has no map, its column says 1 x 1.
    height, width = max(tensor_shape(path, EXPLANATIONS, "map") for path in paths)
    parts = {RANDOMISED: randomised, REGION_NOISE_SUMMARY: region_noise}
    parts |= {PRIMARY: True, SUMMARY: True, REGION_TEST_SUMMARY: region_test}
    tables = {
        Path(made.path).stem: read_table(folder / made.path, made).to_pylist()
        for made, is_made in parts.items()
        if is_made
    }
    sources = AnswerSources(
        images=len(images),
        correct=int(images["correct"].eq(True).sum()),
        top1_warning=_top1_warning(images, stage),
        exact_cam=are_exact(paths),
        cells=(height, width) if height * width > 1 else None,
        **tables,
    )
    return build_answer(sources, stage)


def _top1_warning(images: pd.DataFrame, stage: AnswerStage) -> str | None:
    """Compare the share of classified images that are correct with what is expected."""
    correct = images["correct"].dropna()
    return top1_warning(int(correct.sum()), len(correct), stage.expected_top1, stage.num_classes)
