"""Files generated from a source in the repository follow it."""

import hashlib
import re
from pathlib import Path

import yaml

from ssimball.cli.doctor.lock import conda_yaml
from ssimball.report import glossary
from ssimball.storage.contracts.page import page

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_of_formats_follows_the_contracts():
    assert (ROOT / "docs" / "formats.md").read_text() == page()


def test_the_glossary_follows_its_terms():
    assert (ROOT / "docs" / "glossary.md").read_text() == glossary.page()


def test_the_readme_states_the_sha256_of_the_confirmation():
    content = (ROOT / "config" / "confirmation.yaml").read_bytes()
    assert f"`{hashlib.sha256(content).hexdigest()}`" in (ROOT / "README.md").read_text()


def test_conda_environment_and_pip_lock_hold_the_same_pins():
    lock = (ROOT / "envs" / "requirements.lock").read_text()
    text = (ROOT / "envs" / "ssimball.yaml").read_text()
    assert text == conda_yaml(lock)
    # Snakemake stores it with every output: hashes would make all of these 40 times as large.
    assert len(text) < 20_000
    # And once more without the code that generated it.
    (listed,) = (d["pip"] for d in yaml.safe_load(text)["dependencies"] if isinstance(d, dict))
    locked = re.findall(r"(?m)^([\w.-]+==[^\s;\\]+)", lock)
    assert len(locked) > 100
    assert sorted(pin.split(" ;")[0] for pin in listed) == sorted(locked)


def test_every_locked_package_has_hashes_and_no_index_is_named():
    lock = (ROOT / "envs" / "requirements.lock").read_text()
    blocks = re.split(r"(?m)^(?=[\w.-]+==)", lock)[1:]
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in lock


def test_required_packages_of_the_library_are_locked():
    project = (ROOT / "pyproject.toml").read_text()
    listed = re.search(r"dependencies = \[(.*?)\]", project, re.DOTALL)
    names = re.findall(r'"([\w-]+)"', listed[1])
    lock = (ROOT / "envs" / "requirements.lock").read_text()
    assert names
    assert [name for name in names if f"\n{name}==" not in "\n" + lock] == []
