"""An edit of code reruns the stages that run this code, and only those."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("Snakefile", "config.yaml", "config", "envs", "profiles", "src", "workflow")
ATTACKS = ("fgsm", "pgd_l2", "ssim_ball", "ssim_ball_fw")
TAIL = {"overlap", "summary", "figures", "figure_paired", "figure_fooling", "explorer"}
CAUSAL_TAIL = {"causal_summary", "figure_causal", "explorer"}
SWEEP = {"sensitivity_overlap", "sensitivity", "figure_fooling", "explorer"}
FIGURES = {"figures", "figure_paired", "figure_causal", "figure_fooling", "figure_attacks"}
BALLS = {"ssim_ball", "ssim_ball_fw", "ssim_ball--loss-cross_entropy", "networks/same ssim_ball"}


def jobs_of(*attacks):
    """Return the jobs on shards of these attacks; those of the sweep have fewer."""
    jobs = set()
    for name in attacks:
        jobs |= {f"attack_shard {name}", f"ssim_shard {name}"}
        if name in ATTACKS:
            jobs |= {f"explain_attack_shard {name} cam", f"causal_shard {name}"}
    return jobs


@pytest.fixture
def edited(small_run, tmp_path):
    """Return the finished run, planned by a copy of the sources that a test may edit.

    The copy is newer than all results, as a fresh clone would be.
    """
    for name in SOURCES:
        source, target = ROOT / name, tmp_path / name
        if source.is_dir():
            ignore = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(source, target, ignore=ignore, copy_function=shutil.copyfile)
        else:
            shutil.copyfile(source, target)
    return type(small_run)(small_run.folder, tmp_path)


def code(text):
    return f"{text}\nADDED = 1\n"


def comment(text):
    return f"{text}\n# A remark.\n"


def layout(text):
    """Return the same program with other formatting and without comments."""
    return ast.unparse(ast.parse(text)).replace("    ", "  ")


def version(text):
    return text.replace("torch==", "torch==9")


@pytest.mark.parametrize(
    ("path", "change", "expected"),
    [
        ("src/ssimball/ssim/index.py", comment, set()),
        ("src/ssimball/attacks/methods/pgd.py", layout, set()),
        ("src/ssimball/unused.py", code, set()),
        ("src/ssimball/attacks/methods/ddn.py", code, set()),  # not an attack of this run
        # Tables record the versions of packages, but do not depend on them.
        ("envs/requirements.lock", version, set()),
        (
            "src/ssimball/attacks/methods/pgd.py",
            code,
            {*jobs_of("pgd_l2"), "figure_attacks", *TAIL, *CAUSAL_TAIL},
        ),
        (
            "src/ssimball/attacks/methods/ssim_ball.py",
            code,
            {*jobs_of(*BALLS), "figure_attacks", *TAIL, *CAUSAL_TAIL, *SWEEP},
        ),
        (
            "src/ssimball/explanations/methods/smoothgrad.py",
            code,
            {"explain_shard smoothgrad", *TAIL, *SWEEP},
        ),
        (
            "src/ssimball/statistics/intervals.py",
            code,
            {*TAIL, *CAUSAL_TAIL, "sensitivity"} - {"overlap"},
        ),
        # The style of all figures. The script of the sweep draws its figure itself.
        ("src/ssimball/report/figures/style.py", code, {*FIGURES, "sensitivity", "explorer"}),
        # The explorer contains the size of each figure.
        ("workflow/scripts/figure_paired.py", code, {"figure_paired", "explorer"}),
        ("src/ssimball/report/explorer/pages.py", code, {"explorer"}),
        # Not Python, so every change counts.
        ("src/ssimball/report/explorer/static/70_list.js", code, {"explorer"}),
    ],
    ids=lambda value: value if isinstance(value, str) else getattr(value, "__name__", ""),
)
def test_an_edit_reruns_the_stages_that_run_the_code(edited, small, path, change, expected):
    target = edited.sources / path
    target.write_text(change(target.read_text() if target.exists() else ""))
    planned = edited.planned_jobs(small)
    assert planned == ({*expected, "checksums"} if expected else set())


def test_reasons_are_given_in_sentences(small_run, small, tmp_path):
    small["attack_settings"]["pgd_l2"]["steps"] = 4
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(yaml.safe_dump(small))
    command = [sys.executable, "-m", "ssimball", "why", "overlap"]
    command += ["--directory", str(small_run.folder)]
    options = ["--configfile", str(overlay)]
    done = subprocess.run([*command, *options], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    changed = "settings have changed: settings.steps was 3, is 4"
    assert f"attack_shard pgd_l2 (shards 00000, 00001): {changed}" in lines
    assert (
        "ssim_shard pgd_l2 (shards 00000, 00001): it reads what is made again: attacks/pgd_l2"
        in lines
    )
    assert not any("fgsm" in line.partition(":")[0] for line in lines)
