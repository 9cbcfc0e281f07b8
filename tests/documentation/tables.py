"""Which commands of the pages are run on what, which only as dry runs, and which elsewhere."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

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
