"""Configurations that cannot be run; the mistake is found before any job."""

from copy import deepcopy
from functools import cache, partial
from pathlib import Path

import yaml
from snakemake.utils import update_config

from ssimball.config.files import check_yaml
from ssimball.config.study import load_study
from ssimball.errors import ConfigError
from ssimball.pipeline.plan import Plan

from .cases import Case

ROOT = Path(__file__).resolve().parents[2]


@cache
def default():
    return yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))


def plan(overlay, _=None):
    """Merge an overlay (YAML) and plan the run, as the Snakefile does before any job."""
    config = deepcopy(default())
    update_config(config, yaml.safe_load(overlay))
    return Plan(load_study(config), ROOT / "workflow" / "scripts").subset.shards


def invalid(name, overlay, message):
    """Return the case of an overlay that is not valid."""
    message = f"the configuration is not valid:\n  {message}"
    return Case(name, partial(plan, overlay), message, ConfigError)


COUNTED = "correct the path, which starts at HERE"
LONG = "w" * 300
#: Missing files, and contradictions in the sensitivity sweep: name, overlay, message.
CONTRADICTIONS = [
    (
        "no manifest",
        "dataset: {kind: manifest, manifest: {path: photos/labels.csv}}",
        f"dataset.manifest.path: there is no file photos/labels.csv; {COUNTED}",
    ),
    (
        "manifest in a home folder",
        "dataset: {kind: manifest, manifest: {path: ~/labels.csv}}",
        f"dataset.manifest.path: there is no file ~/labels.csv; {COUNTED}",
    ),
    (
        "folder for a manifest",
        "dataset: {kind: manifest, manifest: {path: /}}",
        "dataset.manifest.path: / cannot be read (Is a directory); correct the path",
    ),
    (
        "no boxes",
        "{dataset: {kind: imagenet, imagenet: {root: ., boxes: /no/boxes}}, "
        "model: {num_classes: 1000}}",
        "dataset.imagenet.boxes: there is no folder /no/boxes; correct the path",
    ),
    (
        "address of weights",
        "model: {weights: 'https://example.org/w.pth'}",
        "the configuration is not valid:\n  model.weights: an address, from which nothing is "
        "downloaded; get the file, name it",
    ),
    (
        "no weights",
        "model: {weights: no/such.pth}",
        f"model.weights: there is no file no/such.pth; {COUNTED}",
    ),
    (
        "weights with a name that no disk takes",
        f"model: {{weights: {LONG}.pth}}",
        f"model.weights: {LONG}.pth cannot be read (File name too long); give a shorter path",
    ),
    (
        "unknown base of the sweep",
        "sensitivity: {enabled: true, base: ssim_bal}",
        "sensitivity.base: 'ssim_bal' is not among the run's attacks; did you mean 'ssim_ball'?",
    ),
    (
        "sweep of nothing",
        "overlap: {distortions: []}\nexplanations: [cam]\nsensitivity: {enabled: true, "
        "smallest_budget: false, vary: {epsilon: [], tau: [], model: [], window: [], loss: [], "
        "steps: [], boundary: []}}",
        "sensitivity: nothing is varied; give values in vary, or disable it",
    ),
    (
        "unknown control of the sweep",
        "sensitivity: {enabled: true, control: ball_permuted_sign}",
        "sensitivity.control: 'ball_permuted_sign' is no attack beside the base; did you mean "
        "'ball_permuted_signs'?",
    ),
    (
        "sweep of an unknown setting",
        "sensitivity: {enabled: true, vary: {epsilom: [1]}}",
        "sensitivity.vary.epsilom: no setting of ssim_ball; did you mean 'epsilon'?",
    ),
    (
        "sweep of an impossible value",
        "sensitivity: {enabled: true, vary: {steps: [0]}}",
        "sensitivity.vary.steps: input should be greater than or equal to 1, not 0",
    ),
    (
        "sweep of the base's own value",
        "sensitivity: {enabled: true, vary: {model: [Q]}}",
        "sensitivity: the value Q of model is listed twice, or is the base's own value; remove it",
    ),
    (
        "sweep of a budget that is matched",
        "sensitivity: {enabled: true, base: pgd_l2, vary: {epsilon: [1.0], boundary: []}}",
        "sensitivity.vary.epsilon: matched_quality chooses the budget itself; vary mean_ssim with "
        "matched_quality, or set comparison.mode to fixed_budget",
    ),
    (
        "unknown key of a network",
        "sensitivity: {enabled: true, networks: {a: {nam: resnet50}}}",
        "sensitivity.networks.a: nam: unknown key; did you mean 'name'?",
    ),
    (
        "network of other classes",
        "sensitivity: {enabled: true, networks: {a: {num_classes: 12}}}",
        "sensitivity.networks.a.num_classes: 12 does not fit the labels of the images, which are "
        "for 10 classes; name a network with that many",
    ),
    (
        "randomised networks of an attack that does not run",
        "randomised: {attack: ssim_bal}",
        "the configuration is not valid:\n  randomised.attack: 'ssim_bal' is not among the run's "
        "attacks; did you mean 'ssim_ball'?",
    ),
    (
        "randomised network twice",
        "randomised: {layers: [all, 1, all]}",
        "the configuration is not valid:\n  randomised.layers: all is listed twice; remove one",
    ),
    (
        "network without its weights",
        "sensitivity: {enabled: true, networks: {a: {weights: no.pth}}}",
        f"sensitivity.networks.a: model.weights: there is no file no.pth; {COUNTED}",
    ),
]


def wrong_sha256(folder):
    (folder / "w.pth").write_bytes(b"abc")
    plan(f"model: {{weights: w.pth, sha256: '{'0' * 64}'}}")


def check(content, folder):
    (folder / "config.yaml").write_bytes(content)
    check_yaml(folder / "config.yaml")


LOOK = "check this line and the one above for tabs, open brackets and wrong indentation"
#: Mistakes in config.yaml itself, or in an overlay.
YAML = [
    ("tab", b"attacks:\n\t- fgsm\n", f", line 2: not valid YAML: …; {LOOK}"),
    ("open bracket", b"attacks: [fgsm\nseed: 1\n", f", line 2: not valid YAML: …; {LOOK}"),
    (
        "a section twice",
        b"model: {name: vgg11}\nseed: 1\nmodel: {padding: same}\n",
        ", line 3: the section has the key 'model' twice; keep one of them",
    ),
    ("only comments", b"# seed: 0\n", ": expected keys with values, such as 'seed: 0'"),
    ("Latin-1", b"run: gr\xfcn\n", ": not a UTF-8 text file; save it as UTF-8"),
]
CASES = [
    *(
        Case(name, partial(plan, overlay), message, ConfigError)
        for name, overlay, message in CONTRADICTIONS
    ),
    *(
        Case(name, partial(check, content), f"HERE/config.yaml{message}", ConfigError)
        for name, content, message in YAML
    ),
    Case(
        "other weights",
        wrong_sha256,
        # FIPS 180-2, appendix B.1
        "model.sha256: w.pth has sha256 "
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad, "
        f"not {'0' * 64}; take the right file or correct the configuration",
        ConfigError,
    ),
]
