"""What README and pages tell people to type: every command is run here, or it is said where else.

Fences of ``sh`` are typed, those of ``python`` in RUN_PYTHON too; a ``diff`` is applied where it
stands; a fence that begins with the name of a file in ``my/`` is that file. The tables below say
which commands are run on what, which only as dry runs, and which elsewhere. Pictures are scenes of
the demo, as photographs that a user brings.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import PIL.Image
import pytest

from ssimball.datasets.demo.scenes import render_scene

ROOT = Path(__file__).resolve().parents[2]
VENV = Path(sys.prefix)

#: Pages with commands, in the order in which one clone goes through them: the first makes the run
#: that others look at, the last change the code.
PAGES = (
    "docs/tutorial.md",
    "docs/command_line.md",
    "README.md",
    "docs/api/index.md",
    "docs/audit.md",
    "docs/reproducibility.md",
    "docs/crate.md",
    "docs/confirmation.md",
    "docs/rerunning.md",
    "docs/whole_study.md",
    "docs/solver.md",
    "docs/installation.md",
    "docs/adding_an_attack.md",
    "docs/adding_a_metric.md",
    "docs/adding_a_network.md",
)
RUN_PYTHON = ("docs/api/index.md", "README.md")
IMAGES = ".ci/images.sh"
DEMO = "snakemake --profile profiles/default --configfile config/demo.yaml"
#: Run elsewhere: the file that runs it, and how it says so.
ELSEWHERE = {
    "make demo": (".ci/run", "\nmake demo\n"),
    "make test": (".ci/run", "make test"),
    "conda create --yes --prefix .venv --channel conda-forge python=3.11 pip": (
        IMAGES,
        "conda create",
    ),
    "make setup PYTHON=.venv/bin/python": (IMAGES, "make setup PYTHON=.venv/bin/python"),
    "docker build --file envs/Dockerfile --tag ssimball .": (IMAGES, "docker build"),
    f'docker run --rm --user "$(id -u):$(id -g)" --volume "$PWD:/ssimball" ssimball {DEMO}': (
        IMAGES,
        "docker run",
    ),
    "apptainer build ssimball.sif envs/apptainer.def": (IMAGES, "apptainer build"),
    f'apptainer exec --bind "$PWD:/ssimball" --cwd /ssimball ssimball.sif {DEMO}': (
        IMAGES,
        "apptainer exec",
    ),
    "make networks DATA=path/to/folder WEIGHTS=path/to/weights:path/to/more": (
        "tests/workflow/test_networks_photographs.py",
        '"make", "networks"',
    ),
    ".venv/bin/python -m ssimball.pipeline.by_hand results/demo/attacks/fgsm/00000.parquet "
    "--configfile config/demo.yaml": (
        "tests/workflow/test_by_hand.py",
        "ssimball.pipeline.by_hand",
    ),
}
#: Too long, or data and machines that no test has: only planned. Parts of commands.
DRY = (
    "config/imagenet.yaml",
    "config/study.yaml",
    "my/network.yaml",
    "make photographs",
    "make study",
    "make confirm",
    "make comparison",
    "make scenes",
)
#: Although one of these is in it: small, or planning itself.
NOT_DRY = ("make forecast", "make pilot", "ssimball fetch", ".venv/bin/ssimball fetch")
#: Pages to go through, for who has little time.
ASKED = os.environ.get("SSIMBALL_PAGES", "").split() or PAGES
#: What is run in place of what is written, to need no network and little time.
SUBSTITUTIONS = (
    # The address, and a command line that is this clone's.
    (r"^git clone ADDRESS", f"git clone --quiet {ROOT}"),
    (r"^eval \"\$\((.*)\)\"$", r"\1"),
    (r"^(_SSIMBALL_COMPLETE=\w+) ssimball", r"\1 .venv/bin/python -m ssimball"),
    (r"^(\.venv/bin/)?ssimball (.*)$", r".venv/bin/python -m ssimball \2"),
    (r"~/\.config/fish/completions/", ""),
    (r"(fetch --configfile) config/imagenet\.yaml", r"\1 small.yaml"),
    # Photographs and runs that are there, and the demo's network.
    (r" --network resnet50 --weights IMAGENET1K_V2 --label beagle", " --label 'checked square'"),
    (r" --configfile config/networks/mobilenet_v2_tf\.yaml --weights my/tf\.safetensors", ""),
    (r"attack (my/)?dog\.jpg", "attack my/dog.jpg --network demo"),
    (r"attack scene\.png", "attack my/cat.jpg"),
    (r"attack photographs/", "attack my/"),
    (r"results/study", "results/mine"),
    (r"results/demo imagenet_07", "results/mine cat.jpg"),
    (r"images/dog\.jpg --attack ssim_ball --attack pgd_l2", "dog.jpg --attack fgsm"),
    # The demo's network in place of torchvision's, and two attacks.
    (r"(config/first_look\.yaml)(?! my/)", r"\1 demo_network.yaml small.yaml"),
    (
        r"^(make (?:pilot|plan) ARGUMENTS='--configfile )config/imagenet\.yaml'",
        r"\1config/manifest.yaml'"
        """ SETTINGS="'dataset={manifest: {path: path/to/folder/labels.csv}}'\"""",
    ),
    (r"(config/manifest\.yaml)(?! config/)", r"\1 demo_network.yaml small.yaml"),
    # Demo scenes in place of the whole demo.
    (r"profiles/default explain$", "profiles/default explain --configfile small.yaml two.yaml"),
    (r"(profiles/default) (--config 'attacks)", r"\1 --configfile small.yaml two.yaml \2"),
    (r"'subset=\{images: 4\}'", "'subset={images: 1}'"),
    (r"model: Q\}\}'", "model: Q, window: {stride: 8}}}'"),
    # The tutorial's run in place of others.
    (r"RUN=(demo|study|imagenet)\b", "RUN=mine"),
    (r"results/demo\b", "results/mine"),
    (r"elsewhere/demo\b", "results/mine"),
    # Tests are run by make test.
    (r"^make config formats test$", "make config formats"),
)  # fmt: skip
#: Where a page shows a part of a file in another form than a diff: old text, new text.
EDITS = {
    "docs/adding_an_attack.md": (
        ("src/ssimball/config/attacks/registry.py", "FgsmConfig, ", "FgsmConfig, FgvConfig, "),
        (
            "src/ssimball/config/attacks/registry.py",
            "    FgsmConfig\n",
            "    FgsmConfig\n    | FgvConfig\n",
        ),
    )
}
LANGUAGES = {"", "sh", "python", "yaml", "csv", "diff", "text"}
_FILE = re.compile(r"# (my/\S+)$", re.MULTILINE)
_FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^(make|git|cd|\.venv/bin/\w+|ssimball|snakemake|pip|python) ", re.MULTILINE)


@dataclass(frozen=True)
class Step:
    """``kind``: ``sh``, ``python``, ``diff`` or ``file``."""

    page: str
    kind: str
    text: str

    @property
    def substituted(self) -> str:
        text = self.text
        for old, new in SUBSTITUTIONS:
            text = re.sub(old, new, text)
        return text

    @property
    def dry(self) -> bool:
        return any(part in self.text for part in DRY) and not self.text.startswith(NOT_DRY)


def fences(page: str) -> list[tuple[str, str]]:
    """Language and content."""
    return _FENCE.findall((ROOT / page).read_text(encoding="utf-8"))


def commands(block: str) -> Iterator[str]:
    """Commands of a fence, each with its continuations or its here-document, without comments."""
    lines = iter(block.splitlines())
    for line in lines:
        here = re.search(r"<<'(\w+)'$", line)
        while here and line.splitlines()[-1] != here[1]:
            line += "\n" + next(lines)
        while line.endswith("\\"):
            line = line[:-1] + next(lines).lstrip()
        yield line if here else re.sub(r"\s+#.*$", "", line)


def steps(page: str) -> Iterator[Step]:
    """What is done with a page, in its order."""
    for language, content in fences(page):
        if language == "sh":
            for command in commands(content):
                yield Step(page, "sh", command)
        elif _FILE.match(content):
            yield Step(page, "file", content)
        elif language == "diff" or (language == "python" and page in RUN_PYTHON):
            yield Step(page, language, content)


def all_pages() -> list[str]:
    found = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    return [path.relative_to(ROOT).as_posix() for path in found]


def everything() -> list[Step]:
    return [step for page in PAGES for step in steps(page)]


def test_what_is_typed_stands_in_fences_of_sh():
    for page in all_pages():
        for language, content in fences(page):
            assert language in LANGUAGES, (page, language)
            if language in ("", "text"):
                assert not _COMMAND.search(content), (page, content)
        assert page in PAGES or not list(steps(page)), f"{page} has commands; add it to PAGES"


def test_no_entry_of_the_tables_is_out_of_date():
    typed = [step.text for step in everything() if step.kind == "sh"]
    assert set(ELSEWHERE) <= set(typed)
    for part in (*DRY, *NOT_DRY):
        assert any(part in command for command in typed), part
    for number, (old, _) in enumerate(SUBSTITUTIONS):
        seen = typed
        for before, new in SUBSTITUTIONS[:number]:
            seen = [re.sub(before, new, command) for command in seen]
        assert any(re.search(old, command) for command in seen), old


@pytest.mark.parametrize("command", ELSEWHERE)
def test_what_is_run_elsewhere_is_run_there(command):
    place, words = ELSEWHERE[command]
    assert words in (ROOT / place).read_text()


def test_targets_of_make_that_are_named_exist():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    for page in all_pages():
        text = (ROOT / page).read_text(encoding="utf-8")
        named = re.findall(r"`make ([a-z-]+)", text)
        named += [
            word for step in steps(page) for word in re.findall(r"^make ([a-z-]+)", step.text)
        ]
        assert set(named) <= targets, page


def test_diffs_apply_to_the_code_as_it_is(tmp_path):
    paths = subprocess.check_output(["git", "ls-files", "src", "tests"], cwd=ROOT, text=True)
    for path in filter(str.strip, paths.splitlines()):
        if path.endswith(".py") and (ROOT / path).is_file():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_bytes((ROOT / path).read_bytes())
    for step in everything():
        if step.kind == "diff":
            apply(step.text, tmp_path)
    for edits in EDITS.values():
        for path, old, _ in edits:
            assert old in (ROOT / path).read_text(), (path, old)


def apply(diff: str, folder: Path) -> None:
    """Line numbers may be off, what surrounds a change may not."""
    command = ["git", "apply", "--recount", "-"]
    # Not as a part of a repository that the folder may lie in.
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)}
    done = subprocess.run(
        command, input=diff, text=True, cwd=folder, capture_output=True, env=environment
    )
    assert done.returncode == 0, f"{done.stderr}\n{diff}"


@pytest.mark.long
@pytest.mark.skipif(
    not (VENV / "ready").exists(), reason="needs the environment that make sets up: make setup"
)
def test_every_command_does_what_it_says(tmp_path):
    visitor, failures = Visitor(tmp_path), []
    begun = time.monotonic()
    for page in ASKED:
        visitor.prepare(page)
        failures += [failure for step in steps(page) if (failure := visitor.follow(step))]
        took = time.monotonic() - begun
        print(f"{page}: done after {took:.0f} s")
    assert not failures, "\n\n".join(failures)


class Visitor:
    """Follows the pages in a folder, from the clone on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clone = folder / "ssimball"
        self.done: set[str] = set()

    def follow(self, step: Step) -> str | None:
        """What went wrong with a step, if anything did."""
        if step.kind == "file":
            self.write(_FILE.match(step.text)[1], step.text)
            return None
        text = step.substituted
        if step.text in ELSEWHERE or text in self.done:
            return None
        self.done.add(text)
        if step.kind == "diff":
            apply(text, self.clone)
            return None
        if text.startswith("cd ") and "&&" not in text:
            self.folder /= text.removeprefix("cd ")
            return None
        if step.kind == "python":
            code, output = self.run([sys.executable, "-c", text])
        elif step.dry:
            code, output = self.plan(text)
        else:
            code, output = self.run(["bash", "-c", text])
        if text.startswith("git clone"):
            self.equip()
        return f"{step.page}: {text}\nexit code {code}\n{output[-4000:]}" if code else None

    def run(self, command: list[str]) -> tuple[int, str]:
        environment = {**os.environ, "PYTHONPATH": str(self.clone / "src")}
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            text=True,
            timeout=900,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        return done.returncode, done.stdout

    def plan(self, text: str) -> tuple[int, str]:
        """A dry run of the command, or of every run that its target of make would make."""
        runs = [text]
        if text.startswith("make "):
            code, told = self.run(["bash", "-c", f"{text} --just-print --no-print-directory"])
            if code:
                return code, told
            lines = told.replace("\\\n", " ").splitlines()
            runs = [line for line in lines if line.startswith(".venv/bin/snakemake")]
            assert runs, told
        for one in runs:
            code, told = self.run(["bash", "-c", f"{one} --dry-run"])
            if code:
                return code, f"{one}\n{told}"
        return 0, ""

    def equip(self) -> None:
        """What a user has: packages, photographs, weights. And settings that make runs small."""
        (self.clone / ".venv").symlink_to(VENV)
        # Older than the packages: nothing is installed into the environment that tests run in.
        for name in ("envs/requirements.lock", "pyproject.toml"):
            os.utime(self.clone / name, (0, 0))
        self.write("demo_network.yaml", DEMO_NETWORK)
        self.write("small.yaml", SMALL)
        self.write("two.yaml", "subset: {images: 2}\n")
        photographs(self.clone / "my", 4)
        # As many as `make pilot` takes.
        photographs(self.clone / "path" / "to" / "folder", 24)
        for number in range(5000):  # as many as config/imagenet.yaml draws; a plan opens none
            image = self.clone / "imagenet" / "val" / f"{number}_n01440764.JPEG"
            image.parent.mkdir(parents=True, exist_ok=True)
            image.touch()
        self.write("path/to/folder/mobilenet_v2_tf.safetensors", "only its hash is asked for\n")
        overlay = "config/networks/mobilenet_v2_tf.yaml"
        pinned = (self.clone / overlay).read_text()
        self.write(overlay, re.sub("sha256: .*", "sha256: null", pinned))

    def prepare(self, page: str) -> None:
        """Files that a page asks its reader to make."""
        for path, old, new in EDITS.get(page, ()):
            self.write(path, (self.clone / path).read_text().replace(old, new, 1))
        if page == "docs/adding_an_attack.md":
            settings, _, module, _ = (code for kind, code in fences(page) if kind == "python")
            path = "src/ssimball/config/attacks/gradient.py"
            self.write(path, (self.clone / path).read_text() + "\n\n" + settings)
            self.write("src/ssimball/attacks/methods/fgv.py", module)

    def write(self, name: str, text: str) -> None:
        path = self.clone / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


DEMO_NETWORK = """
model:
  {width_mult: 0.25, num_classes: 10, weights: demo, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5]}
preprocessing: {resize: null}
statistics: {resamples: 99}
execution: {device: cpu}
"""
SMALL = """
attacks: [fgsm, ssim_ball]
explanations: [cam]
causal: {enabled: false}
statistics: {resamples: 99}
figures: {sheet_images: 1}
execution: {device: cpu}
"""


def photographs(folder: Path, count: int) -> None:
    """Scenes as photographs, the first with the names that the tutorial gives its own."""
    [table] = (content for kind, content in fences("docs/tutorial.md") if kind == "csv")
    names = [line.partition(",")[0] for line in table.splitlines()[1:]]
    names += [f"picture{number}.png" for number in range(len(names), count)]
    folder.mkdir(parents=True)
    rows = ["path,label"]
    for number, name in enumerate(names):
        scene = render_scene(2026, number, "validation")
        PIL.Image.fromarray(scene.rgb).save(folder / name)
        rows.append(f"{name},{scene.label}")
    (folder / "labels.csv").write_text("\n".join(rows) + "\n")
