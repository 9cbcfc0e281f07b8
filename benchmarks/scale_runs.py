"""Makes runs with the settings of config/imagenet.yaml: of photographs, and of many made images."""

import os
import subprocess
import sys
from pathlib import Path

import yaml
from common import mobilenet, weights_given
from photographs import ROOT, start_logged
from scale_shards import Made, make_shards
from script_runs import write_manifest

from ssimball.config.dataset import IMAGENET_CLASSES
from ssimball.config.files import read_settings
from ssimball.config.study import load_study
from ssimball.datasets.imagenet_names import imagenet_wnids
from ssimball.pipeline.costs import read_usage
from ssimball.pipeline.usage import JobUsage
from ssimball.storage.provenance import file_sha256

#: Images of the explorer with pictures.
PICTURES = 50
IMAGENET = ROOT / "config" / "imagenet.yaml"
#: Runs its arguments from a small process: a child's peak memory includes its parent's at the fork.
SMALL = "import subprocess, sys; sys.exit(subprocess.run(sys.argv[1:]).returncode)"


def small_run(folder: Path, images: int) -> Path:
    """Make a run of photographs with the settings of config/imagenet.yaml, unless it is made."""
    run = f"photographs_{images}"
    results = folder / "results" / run
    if not (results / "checksums.sha256").exists():
        write_manifest(folder, 10**9)
        overlay = folder / f"{run}.yaml"
        dataset = {"kind": "manifest", "manifest": {"path": str(folder / "photographs.csv")}}
        settings = {"run": run, "dataset": dataset, "subset": {"images": images}}
        settings["execution"] = {"shard_size": 16, "device": "cpu"}
        overlay.write_text(yaml.safe_dump(settings | network(folder)))
        command = [sys.executable, "-m", "snakemake", *arguments(folder, overlay)]
        start_logged([*command, "--cores", "2"], folder / f"{run}.log").finish()
    return results


def network(folder: Path) -> dict[str, object]:
    """Return the settings of the network: MobileNetV2, with the weights that are given."""
    given = weights_given()
    if given is not None:
        published = read_settings(ROOT / "config" / "networks" / "mobilenet_v2_tf.yaml")
        return {"model": {**published["model"], "weights": str(given.resolve())}}
    mobilenet(folder)
    path = folder / "weights.pth"
    return {"model": {"weights": str(path), "sha256": file_sha256(path)}}


def arguments(folder: Path, *overlays: Path) -> list[str]:
    """Return the arguments of Snakemake for a run in a folder."""
    return [
        *("--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder)),
        *("--profile", str(ROOT / "profiles" / "default"), "--nolock"),
        *("--configfile", str(IMAGENET), *map(str, overlays)),
    ]


def prepared(folder: Path, images: int) -> Path:
    """Make empty files in the places of the images, and return an overlay for a run of them."""
    root = folder / "imagenet" / "val"
    each = images // IMAGENET_CLASSES
    for label, wnid in enumerate(imagenet_wnids()):
        (root / wnid).mkdir(parents=True, exist_ok=True)
        for number in range(label * each, (label + 1) * each):
            (root / wnid / f"ILSVRC2012_val_{number + 1:08d}.JPEG").touch()
    settings = {
        "dataset": {"imagenet": {"root": str(root)}},
        "subset": {"images": images},
        "report": {"images": PICTURES},
        **network(folder),
    }
    overlay = folder / "overlay.yaml"
    overlay.write_text(yaml.safe_dump(settings))
    return overlay


def at_scale(folder: Path, source: Path, images: int) -> list[JobUsage]:
    """Make the tables of a run of many images, run its single jobs, and return what they used."""
    overlay = prepared(folder, images)
    study = load_study(read_settings(IMAGENET))
    results, size = folder / "results" / study.run, study.execution.shard_size
    if not (folder / "made").exists():
        make_shards(Made(source, results, images, size, PICTURES, study.seed), os.cpu_count() or 1)
        (folder / "made").touch()
    if not (results / "checksums.sha256").exists():
        this = [sys.executable, str(Path(__file__).with_name("scale_job.py"))]
        plan = [*this, "plan", str(folder), str(IMAGENET), str(overlay)]
        planned = subprocess.run(plan, capture_output=True, text=True, check=True).stdout
        for number, rule in enumerate(planned.splitlines()[-1].split()):
            job = [sys.executable, "-c", SMALL, *this, "run", str(folder), str(number)]
            start_logged(job, folder / f"{rule}.log").finish()
    return read_usage(results)
