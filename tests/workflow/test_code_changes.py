"""An edit of code reruns the stages that run this code, and only those.

Which jobs rerun is computed from the plans before and after the edit; a dry run of Snakemake on a
finished run agrees.
"""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ssimball.report.explorer import layout as explorer_layout
from ssimball.runtime import fingerprint

from .changes import planned_jobs, reruns

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("Snakefile", "config.yaml", "config", "envs", "profiles", "src", "workflow")
ATTACKS = ("fgsm", "pgd_l2", "ssim_ball", "ssim_ball_fw")
TAIL = {"overlap", "summary", "answer", "figures", "figure_evidence"}
TAIL |= {"figure_fooling", "explorer"}
CAUSAL_TAIL = {"causal_summary", "figure_causal", "explorer"}
SWEEP = {"sensitivity_overlap", "sensitivity", "figure_fooling", "explorer"}
#: What is summarised of regions.
REGIONS = {"region_noise_summary", "region_test_summary", "figure_region_test"}
FIGURES = {
    "figure_region_test",
    "figures",
    "figure_evidence",
    "figure_causal",
    "figure_fooling",
    "figure_attacks",
}
# The level steps=3 has the images of ssim_ball_fw.
BALLS = {"ssim_ball", "ssim_ball_fw", "ssim_ball--loss-cross_entropy"}
BALLS |= {"ssim_ball--comparison-matched_outcome", "networks/random-1 ssim_ball"}
#: The control of the sweep, whose step is that of the ball.
BALLS |= {"ball_permuted_signs", "ball_permuted_signs--loss-cross_entropy"}
BALLS |= {"networks/same ssim_ball", "networks/same ball_permuted_signs"}


def jobs_of(*attacks):
    """Return the jobs on shards of these attacks; those of the sweep have fewer."""
    jobs = set()
    for name in attacks:
        jobs |= {f"attack_shard {name}", f"ssim_shard {name}"}
        if name in ATTACKS:
            jobs |= {f"explain_attack_shard {name} cam", f"causal_shard {name}"}
    return jobs


class Sources:
    """A folder of sources that are edited and restored."""

    def __init__(self, folder):
        self.folder, self._before = folder, {}

    def edit(self, name, change):
        path = self.folder / name
        self._before[path] = path.read_text() if path.exists() else None
        path.write_text(change(self._before[path] or ""))

    def restore(self):
        for path, text in self._before.items():
            if text is None:
                path.unlink()
            else:
                path.write_text(text)


@pytest.fixture(scope="module")
def copied_sources(tmp_path_factory):
    """Return a copy of the sources."""
    folder = tmp_path_factory.mktemp("sources")
    for name in SOURCES:
        source, target = ROOT / name, folder / name
        if source.is_dir():
            ignore = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(source, target, ignore=ignore, copy_function=shutil.copyfile)
        else:
            shutil.copyfile(source, target)
    return folder


@pytest.fixture
def sources(copied_sources):
    """Yield the copy, whose files a test may edit with :meth:`Sources.edit`; restore them."""
    sources = Sources(copied_sources)
    yield sources
    sources.restore()


@pytest.fixture
def plan_of_sources(sources, small, tmp_path, monkeypatch, forget_files):
    """Return a function that plans the small run with the code of the copy."""
    explorer = sources.folder / "src" / "ssimball" / "report" / "explorer"
    monkeypatch.setattr(fingerprint, "SOURCE_ROOT", sources.folder / "src")
    monkeypatch.setattr(explorer_layout, "TEMPLATES", explorer / "templates")
    monkeypatch.setattr(explorer_layout, "STATIC", explorer / "static")
    folder = tmp_path / "plan"
    folder.mkdir()

    def plan():
        # What was parsed is kept with the content.
        forget_files()
        return planned_jobs(small, folder, sources.folder)

    return plan


def code(text):
    return f"{text}\nADDED = 1\n"


def comment(text):
    return f"{text}\n# A remark.\n"


def reformatted(text):
    """Return the same program with other formatting and without comments."""
    return ast.unparse(ast.parse(text)).replace("    ", "  ")


def version(text):
    return text.replace("torch==", "torch==9")


WITHOUT_EFFECT = [
    ("src/ssimball/ssim/index.py", comment),
    ("src/ssimball/attacks/methods/pgd.py", reformatted),
    ("src/ssimball/unused.py", code),
    ("src/ssimball/attacks/methods/ddn.py", code),  # not an attack of this run
    # Tables record the versions of packages, but do not depend on them.
    ("envs/requirements.lock", version),
]


@pytest.mark.parametrize(
    ("path", "change", "expected"),
    [
        *((path, change, set()) for path, change in WITHOUT_EFFECT),
        # FGSM is one step of PGD, in the same module.
        (
            "src/ssimball/attacks/methods/pgd.py",
            code,
            {*jobs_of("fgsm", "pgd_l2"), "figure_attacks", *TAIL, *CAUSAL_TAIL},
        ),
        (
            "src/ssimball/attacks/methods/ssim_ball.py",
            code,
            {*jobs_of(*BALLS), "figure_attacks", *TAIL, *CAUSAL_TAIL, *SWEEP, "randomised"},
        ),
        (
            "src/ssimball/explanations/methods/smoothgrad.py",
            code,
            {"explain_shard smoothgrad", *TAIL, *SWEEP},
        ),
        (
            "src/ssimball/statistics/intervals.py",
            code,
            {*TAIL, *CAUSAL_TAIL, "sensitivity", "randomised", *REGIONS} - {"overlap", "figures"},
        ),
        # The style of all figures. The script of the sweep draws its figure itself.
        ("src/ssimball/report/figures/style.py", code, {*FIGURES, "sensitivity", "explorer"}),
        # The explorer contains the size of each figure.
        ("workflow/scripts/figure_evidence.py", code, {"figure_evidence", "explorer"}),
        ("src/ssimball/report/explorer/pages.py", code, {"explorer"}),
        # Not Python, so every change counts.
        ("src/ssimball/report/explorer/static/70_list.js", code, {"explorer"}),
    ],
    ids=lambda value: value if isinstance(value, str) else getattr(value, "__name__", ""),
)
def test_an_edit_reruns_the_stages_that_run_the_code(
    sources, plan_of_sources, small_plan, path, change, expected
):
    sources.edit(path, change)
    names = {job.name for job in reruns(small_plan, plan_of_sources())}
    assert names == ({*expected, "checksums"} if expected else set())


def test_snakemake_reruns_after_edits_what_the_plans_say(
    sources, plan_of_sources, small_plan, small_run, small
):
    """Edits without effect, one of them in the lock file, and one with effects downstream."""
    for path, change in WITHOUT_EFFECT:
        sources.edit(path, change)
    sources.edit("src/ssimball/explanations/methods/smoothgrad.py", code)
    for path in sources.folder.rglob("*"):
        path.touch()  # newer than all results, as in a clone; scripts too, which rerun nothing
    jobs = reruns(small_plan, plan_of_sources())
    edited = type(small_run)(small_run.folder, sources.folder)
    assert edited.job_keys(small) == {job.key for job in jobs}
    assert {job.name for job in jobs} == {"explain_shard smoothgrad", "checksums", *TAIL, *SWEEP}


def test_reasons_are_given_in_sentences(small_run, small, tmp_path):
    small["attack_settings"]["pgd_l2"]["steps"] = 4
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(yaml.safe_dump(small))
    command = [sys.executable, "-m", "ssimball", "reruns", "overlap"]
    command += ["--directory", str(small_run.folder)]
    options = ["--configfile", str(overlay)]
    done = subprocess.run([*command, *options], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    changed = "settings have changed: settings.steps was 3, is 4"
    assert f"attack (pgd_l2; shards 00000, 00001): {changed}" in lines
    assert (
        "ssim (pgd_l2; shards 00000, 00001): it reads what is made again: attacks/pgd_l2" in lines
    )
    assert not any("fgsm" in line.partition(":")[0] for line in lines)
