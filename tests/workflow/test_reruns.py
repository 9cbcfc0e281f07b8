"""A change reruns what depends on it, and nothing else.

Which jobs rerun is computed from two plans; dry runs of Snakemake on a finished run agree, for a
change of settings and for a change of a file here, for changes of code in test_code_changes.py.
"""

import os
import time

import pytest

from .changes import downstream, planned_jobs, reruns

#: The explorer shows every number, picture and text across images; so it follows most changes.
TAIL = {"overlap", "summary", "answer", "figures", "figure_evidence"}
TAIL |= {"figure_fooling", "explorer"}
CAUSAL_TAIL = {"causal_summary", "figure_causal", "explorer"}
CAUSAL = {"causal_shard", *CAUSAL_TAIL}
#: The figure of fooling rates shows the sweep's budgets.
SWEEP = {"sensitivity_overlap", "sensitivity", "figure_fooling", "explorer"}
#: What measures overlap on several networks.
NETWORKS = {*SWEEP, "randomised", "answer"}
#: The small run's sweep and one value more.
LARGER = {**dict.fromkeys(["epsilon", "model", "window"]), "tau": [None]}
LARGER |= {"loss": ["cross_entropy"], "steps": [3]}
#: The effective configuration beside the results follows every change, the checksums follow it.
ALWAYS = {"configuration", "checksums"}
STATISTICS = {*TAIL, *CAUSAL_TAIL, "sensitivity", "randomised", "region_noise_summary"}
STATISTICS |= {"region_test_summary", "figure_region_test"}
STATISTICS -= {"overlap", "figures"}
#: What is made of the clean images.
CLEAN = {"clean_shard", "explain_shard", "references_shard", "causal_references_shard"}
CLEAN |= {"class_cams_shard", "region_noise_shard", "region_noise_summary"}
#: The region test confines ssim_ball, but does not read its images.
REGION_TEST = {"region_test_shard", "region_test_summary", "figure_region_test"}
CLEAN |= REGION_TEST
REGION_TEST |= {"answer", "explorer"}
ATTACKED = {"attack_shard", "explain_attack_shard", "ssim_shard", "figure_attacks", *TAIL, *CAUSAL}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"execution": {"batch_size": 2, "device": "cpu", "runtimes": {"overlap": 5}}}, set()),
        ({"figures": {"amplify": 5.0}}, {"figures", "explorer"}),
        ({"report": {"images": 3}}, {"explorer"}),
        ({"statistics": {"confidence": 0.9}}, STATISTICS),
        ({"causal": {"blur_sigma": 5.0}}, {*CAUSAL, "causal_references_shard"}),
        ({"causal": {"enabled": False}}, {"explorer"}),
        (
            {"region_noise": {"sigma": 0.1}},
            {*("region_noise_shard", "region_noise_summary"), *("answer", "explorer")}
            | {"figure_region_test"},
        ),
        ({"region_noise": {"enabled": False}}, {"answer", "explorer", "figure_region_test"}),
        ({"overlap": {"null_draws": 5}}, {*TAIL, *NETWORKS}),
        ({"attack_settings": {"pgd_l2": {"steps": 4}}}, ATTACKED),
        ({"comparison": {"mode": "matched_outcome"}}, {*ATTACKED, *NETWORKS}),
        # A setting that the mode does not use, but the region test does.
        ({"comparison": {"mean_ssim": 0.98}}, REGION_TEST),
        ({"region_test": {"attack": "ssim_ball"}}, set()),
        ({"region_test": {"least_share": 0.95}}, REGION_TEST),
        ({"region_test": {"enabled": False}}, {"answer", "explorer"}),
        (
            {"attacks": ["fgsm", "ssim_ball", "ssim_ball_fw"]},
            {*TAIL, *CAUSAL_TAIL, "figure_attacks"},
        ),
        # An additional attack.
        (
            {"attacks": ["fgsm", "pgd_l2", "ssim_ball", "ssim_ball_fw", "noise_sign"]},
            # Every figure knows how all attacks are shown.
            {*ATTACKED, "figure_region_test"},
        ),
        ({"causal": {"curve_steps": 4}}, {*CAUSAL, "causal_references_shard"}),
        ({"statistics": {"resamples": 199}}, STATISTICS),
        ({"model": {"expected_top1": 0.5}}, {"answer", "explorer"}),
        # The names of the classes do not depend on the network.
        (
            {"model": {"padding": "same"}},
            {*CLEAN, *ATTACKED, *NETWORKS},
        ),
        # Shards of another size are other files.
        (
            {"execution": {"shard_size": 4, "device": "cpu"}},
            {"subset_shard", *CLEAN, *ATTACKED, *NETWORKS},
        ),
        ({"overlap": {"distortions": ["squared_luma"]}}, {*TAIL, *SWEEP}),
        ({"explanations": ["cam"]}, {*TAIL, *SWEEP}),
        ({"explanations": ["cam", "score_cam"]}, {"explain_shard", *TAIL, *SWEEP}),
        ({"attacked_explanations": ["cam", "smoothgrad"]}, {"explain_attack_shard"}),
        (
            {"explanation_settings": {"smoothgrad": {"samples": 3}}},
            {"explain_shard", *TAIL, *SWEEP},
        ),
        # A change of one level of the sweep affects that level alone.
        (
            {"sensitivity": {"vary": LARGER}},
            {"attack_shard", "ssim_shard", *SWEEP},
        ),
        ({"sensitivity": {"control": None}}, SWEEP),
        ({"sensitivity": {"enabled": False}}, {"figure_fooling", "explorer"}),
        (
            {"sensitivity": {"networks": {"other": {"padding": "same"}}}},
            {"clean_shard", "explain_shard", "references_shard", "attack_shard", "ssim_shard"}
            | {*SWEEP},
        ),
        # A network with random weights is one more network.
        (
            {"randomised": {"layers": [1, "all"]}},
            {"clean_shard", "explain_shard", "references_shard", "attack_shard", "ssim_shard"}
            | {"randomised", "answer", "figure_evidence", "explorer"},
        ),
        ({"randomised": {"layers": []}}, {"answer", "figure_evidence", "explorer"}),
        (
            {"preprocessing": {"resize": 240}},
            {*CLEAN, *ATTACKED, *NETWORKS},
        ),
    ],
    ids=lambda value: (
        "+".join(sorted(value)) or "nothing" if isinstance(value, set) else str(value)
    ),
)
def test_a_changed_parameter_reruns_what_depends_on_it(
    small_plan, small, tmp_path, change, expected
):
    for section, values in change.items():
        if isinstance(values, dict):
            small[section] = {**small.get(section, {}), **values}
        else:
            small[section] = values
    jobs = reruns(small_plan, planned_jobs(small, tmp_path))
    assert {job.rule for job in jobs} == {*expected, *ALWAYS}


def test_an_unchanged_plan_reruns_nothing(small_plan, small, tmp_path):
    assert reruns(small_plan, planned_jobs(small, tmp_path)) == set()


def test_only_added_images_are_processed(small_plan, small, tmp_path):
    small["subset"]["images"] = 6
    jobs = reruns(small_plan, planned_jobs(small, tmp_path))
    in_shards = {dict(job.wildcards).get("shard") for job in jobs} - {None}
    assert in_shards == {"00002"}
    assert {job.rule for job in jobs} == {"subset_shard", *CLEAN, *ATTACKED, *NETWORKS, *ALWAYS}


def test_snakemake_reruns_after_a_change_of_settings_what_the_plans_say(
    small_run, small_plan, small, tmp_path
):
    """The option --config overrides nested numbers, one by one."""
    options = ("figures={amplify: 5.0}", "subset={images: 4}", "causal={substitute: mean}")
    found = small_run.job_keys(small, "--config", *options)
    small["figures"]["amplify"] = 5.0
    small["causal"]["substitute"] = "mean"
    jobs = reruns(small_plan, planned_jobs(small, tmp_path))
    assert found == {job.key for job in jobs}
    assert {job.rule for job in jobs} == {"figures", *CAUSAL, "causal_references_shard", *ALWAYS}


def test_snakemake_reruns_after_a_change_of_a_file_what_the_plan_says(
    begun, small_plan, small, forgery
):
    """A file that is only newer reruns nothing."""
    changed = "attacks/pgd_l2/00000.parquet"
    results = begun.folder / "results" / "small"
    forgery.edit(results, changed, 0, "l2", 1.0)
    later = time.time() + 60
    for name in (changed, "clean/00001.parquet"):
        os.utime(results / name, (later, later))
    jobs = downstream(small_plan, {f"results/small/{changed}"})
    assert begun.job_keys(small) == {job.key for job in jobs}
    assert {job.rule for job in jobs} == {*ATTACKED, "checksums"} - {"attack_shard"}
