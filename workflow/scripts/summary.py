"""Statistics across images, the answer in words, and the attacks side by side."""

from pathlib import Path

import pandas as pd

from ssimball.answer import answer_table
from ssimball.artifacts import read_frame, write_table
from ssimball.comparison_table import comparison_table
from ssimball.contracts import ATTACKS, OVERLAP, SUMMARY
from ssimball.jobs import job
from ssimball.statistics import FACTS, summarise
from ssimball.writing import write_text

with job(snakemake) as running:
    stage = running.stage
    facts = []
    for path in map(Path, snakemake.input.attacks):
        frame = read_frame(path, ATTACKS, ["image_id", "status", "success", "seconds", *FACTS])
        facts.append(frame.assign(attack=path.parent.name))
    together = pd.concat(facts, ignore_index=True)
    rows = summarise(
        read_frame(
            Path(snakemake.input.overlap), OVERLAP, ["image_id", "attack", "metric", "value"]
        ),
        together,
        seed=stage["seed"],
        **stage["statistics"],
    )
    write_table(Path(snakemake.output.table), SUMMARY, rows, running.provenance())
    answer = answer_table(rows, confidence=stage["statistics"]["confidence"], top=stage["top"])
    write_text(Path(snakemake.output.answer), answer)
    write_text(Path(snakemake.output.comparison), comparison_table(together))
