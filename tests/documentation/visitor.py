"""Follows the pages as a user would, in a clone with what a user has."""

import os
import re
import subprocess
import sys
from pathlib import Path

import PIL.Image

from ssimball.datasets.demo.scenes import render_scene

from .pages import FILE, Step, fences
from .tables import EDITS, ELSEWHERE

VENV = Path(sys.prefix)
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


class Visitor:
    """Follows the pages in a folder, from the clone on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clone = folder / "ssimball"
        self.done: set[str] = set()

    def follow(self, step: Step) -> str | None:
        """What went wrong with a step, if anything did."""
        if step.kind == "file":
            self.write(FILE.match(step.text)[1], step.text)
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


def apply(diff: str, folder: Path) -> None:
    """Line numbers may be off, what surrounds a change may not."""
    command = ["git", "apply", "--recount", "-"]
    # Not as a part of a repository that the folder may lie in.
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)}
    done = subprocess.run(
        command, input=diff, text=True, cwd=folder, capture_output=True, env=environment
    )
    assert done.returncode == 0, f"{done.stderr}\n{diff}"


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
