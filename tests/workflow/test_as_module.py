"""Another workflow may use this one as a module."""

from .changes import ROOT, planned_jobs

OTHER = """
module study:
    snakefile: "{snakefile}"
    config: {{"run": "modular", "subset": {{"images": 2}}, "attacks": ["fgsm"]}}


use rule * from study as study_*


rule mine:
    default_target: True
    input: "results/modular/attacks/fgsm/00000.parquet"
    output: "mine.txt"
    shell: "touch {{output}}"
"""


def test_a_rule_of_another_workflow_needs_the_jobs_of_this_one(tmp_path):
    text = OTHER.format(snakefile=ROOT / "Snakefile")
    (tmp_path / "Snakefile").write_text(text, encoding="utf-8")
    jobs = planned_jobs({}, tmp_path, sources=tmp_path)
    shards = {"study_subset_shard", "study_clean_shard", "study_attack_shard"}
    assert {job.rule for job in jobs} == {"mine", *shards}
