"""Answer the question of the study: as text, as a page, and as JSON.

Reads the clean tables, the shape of the CAMs, the statistics and, where the run has them, those of
networks with random weights of noise in regions and of the attack
confined to regions. Writes answer.txt, answer.md and answer.json.
"""

import sys
from pathlib import Path

from ssimball.config.stages.answer import AnswerStage
from ssimball.pipeline.jobs import job
from ssimball.report.answer.stored import FORMS, answer_of_run
from ssimball.storage.atomic import write_text

with job(snakemake, AnswerStage) as running:
    given = snakemake.input
    answer = answer_of_run(
        running.folder,
        given.clean,
        given.cams,
        running.stage,
        randomised=bool(given.randomised),
        region_noise=bool(given.region_noise),
        region_test=bool(given.region_test),
    )
    if answer.top1_warning is not None:
        print(f"ssimball: {answer.top1_warning}", file=sys.stderr)
    for path in map(Path, snakemake.output):
        write_text(path, FORMS[path.name](answer))
