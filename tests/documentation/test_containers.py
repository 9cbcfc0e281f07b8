"""The definitions of images follow the lock and each other; .ci/images.sh builds and runs them."""

import fnmatch
import re
import subprocess
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
ENVS = ROOT / "envs"


def joined(path: Path) -> str:
    """A definition without comments, its continued lines joined, and blanks as one."""
    text = re.sub(r"\\\n\s*", "", path.read_text())
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return "\n".join(line for line in lines if line and not line.startswith("#"))


def docker() -> dict[str, list[str]]:
    """The arguments of each instruction of the Dockerfile."""
    found: dict[str, list[str]] = {}
    for line in joined(ENVS / "Dockerfile").splitlines():
        instruction, _, arguments = line.partition(" ")
        found.setdefault(instruction, []).append(arguments)
    return found


def apptainer() -> dict[str, list[str]]:
    """The lines of each section of the definition for Apptainer; "" is its head."""
    parts = re.split(r"(?m)^%(\w+)$", "%\n" + joined(ENVS / "apptainer.def"))
    sections = dict(zip(["", *parts[1::2]], parts[::2], strict=True))
    return {name: lines.strip("%\n").splitlines() for name, lines in sections.items()}


def test_both_images_have_the_base_of_the_lock_and_it_can_be_replaced():
    (base,) = docker()["ARG"]
    assert apptainer()["arguments"] == [base]
    assert docker()["FROM"] == ["${BASE}"]
    assert apptainer()[""] == ["Bootstrap: docker", "From: {{ BASE }}"]
    (version,) = re.findall(r"^BASE=docker\.io/library/python:(\d+\.\d+)-slim-\w+$", base)
    makefile = (ROOT / "Makefile").read_text()
    assert f"--python-version {version} " in makefile
    assert f"PYTHON ?= python{version}\n" in makefile
    conda = yaml.safe_load((ENVS / "ssimball.yaml").read_text())
    assert f"python={version}" in conda["dependencies"]


def test_both_images_are_made_by_the_same_commands_and_every_package_has_its_hash():
    in_docker = [step for run in docker()["RUN"] for step in run.split("&& ")]
    in_docker = [step.strip() for step in in_docker]
    in_apptainer = [step.replace("/opt/ssimball/bin/", "") for step in apptainer()["post"]]
    in_apptainer.remove("cd /ssimball")
    assert docker()["WORKDIR"] == ["/ssimball"]
    assert in_docker == in_apptainer
    installed = [step for step in in_docker if step.startswith("pip install")]
    assert len(installed) == 2
    assert "--require-hashes -r envs/requirements.lock" in installed[0]
    # The second installs the checkout alone.
    assert "--no-deps" in installed[1]
    assert installed[1].endswith("--editable .")


def test_both_images_hold_the_same_files_and_set_the_same_variables():
    copied = [files.split() for files in docker()["COPY"]]
    names = {source for *sources, _ in copied for source in sources}
    bound = [line.split() for line in apptainer()["files"]]
    assert names == {source for source, _ in bound}
    assert all(target == f"/ssimball/{source}" for source, target in bound)
    in_docker = " ".join(docker()["ENV"]).replace("${PATH}", "$PATH").split()
    exported = " ".join(apptainer()["environment"]).replace("export ", "").split()
    # Docker hands on none of the host's variables.
    assert exported == [*in_docker, "PYTHONPATH=", "PYTHONHOME="]


def test_the_image_of_docker_does_not_run_as_root():
    (user,) = docker()["USER"]
    assert int(user.split(":")[0]) > 0


def test_the_context_of_docker_is_what_the_image_copies():
    """Neither results nor an environment, whatever else lies in the checkout."""
    rules = joined(ROOT / ".dockerignore").splitlines()
    copied = {source for files in docker()["COPY"] for source in files.split()[:-1]}
    assert rules[0] == "*"
    assert {rule.removeprefix("!") for rule in rules if rule.startswith("!")} == copied
    # Nothing under version control is left out of what is copied.
    left_out = [rule.removeprefix("**/") for rule in rules[1:] if not rule.startswith("!")]
    listed = subprocess.check_output(["git", "ls-files", *sorted(copied)], cwd=ROOT, text=True)
    parts = {part for path in listed.split() for part in path.split("/")}
    assert parts
    assert not [part for part in parts for rule in left_out if fnmatch.fnmatch(part, rule)]
