"""``ssimball attack``: attack one photograph."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from ssimball.cli.options import (
    EXISTING_FILE,
    amplify_option,
    completions,
    examples,
    folder_option,
    json_option,
    print_json,
)
from ssimball.cli.output import say
from ssimball.cli.typed import options_named
from ssimball.runtime.environment import use_one_thread

if TYPE_CHECKING:
    from ssimball.config.study import StudyConfig
    from ssimball.models.classifier import Classifier

EPILOG = f"""\
Exit codes: 0 attacked, whether or not the network is fooled, since either is a result; 1 the attack
skipped the photograph or failed on it; 2 the photograph or an option cannot be used.

{
    examples(
        "ssimball attack dog.jpg",
        "ssimball attack dog.jpg --attack pgd_l2 --set steps=40 --mean-ssim 0.98",
        "ssimball attack dog.jpg --network resnet50 --weights IMAGENET1K_V2 --label beagle",
        "ssimball attack dog.jpg --configfile config/networks/mobilenet_v2_tf.yaml --weights tf.pt",
        "ssimball attack scene.png --network demo    # needs no download",
    )
}
"""


def _attacks(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from ssimball.config.attacks.registry import default_attacks, methods

    return completions(dict.fromkeys([*default_attacks(), *methods()]), incomplete)


def _parse_settings(
    ctx: click.Context, param: click.Parameter, texts: tuple[str, ...]
) -> dict[str, Any]:
    """Parse ``key=value`` with values in YAML, as Snakemake's ``--config`` does."""
    from ssimball.errors import ConfigError
    from ssimball.storage.yaml_files import parse_yaml

    settings = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not (key and equals):
            raise click.BadParameter(f"{text!r} is not key=value, such as epsilon=0.02")
        try:
            settings[key] = parse_yaml(value, key)
        except ConfigError:
            raise click.BadParameter(
                f"{key}: {value!r} is not YAML; check brackets and quotes"
            ) from None
    return settings


@click.command(short_help="Attack one photograph and show the result.", epilog=EPILOG)
@click.argument("photo", type=EXISTING_FILE)
@click.option(
    "--attack",
    default="ssim_ball",
    show_default=True,
    shell_complete=_attacks,
    help="A name from attack_settings in config.yaml, or a method from docs/attacks.md.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    callback=_parse_settings,
    help="A setting of the attack, its value in YAML; may be repeated.",
)
@click.option(
    "--mean-ssim",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Mean SSIM to match, as in matched quality.  [default: use the attack's own budget]",
)
@click.option(
    "--network",
    help="A name of torchvision, or demo for the shipped network.  [default: mobilenet_v2]",
)
@click.option("--weights", help="A file, or a name of torchvision.  [default: IMAGENET1K_V1]")
@click.option("--label", help="True class, number or name.  [default: the prediction]")
@click.option("--other", type=EXISTING_FILE, help="A second photograph, for ball_other_gradient.")
@click.option("--seed", type=click.IntRange(0), help="Seed of all random numbers.  [default: 0]")
@click.option(
    "--image-id",
    help="Its image_id in a run, to use that run's random numbers.  [default: file name]",
)
@click.option(
    "--configfile",
    "overlays",
    type=EXISTING_FILE,
    multiple=True,
    help="Settings as for a run, or a run's config.yaml; may be repeated, later ones win.",
)
@folder_option("<photo>_<attack>")
@amplify_option()
@json_option()
def command(
    photo: Path,
    label: str | None,
    image_id: str | None,
    other: Path | None,
    output: Path | None,
    amplify: float,
    as_json: bool,
    **options: Any,
) -> None:
    """Attack one PHOTO and show the result.

    Numbers and image are those that a run with the same settings, seed and image_id stores. Writes
    clean.png (the input of the network), cam.png and cam_overlay.png (the class activation map of
    the label), the 8-bit adversarial image, the amplified change, the SSIM map, all of them side by
    side, and numbers.json.
    Existing files of these names are replaced.
    """
    use_one_thread()  # before torch is imported, as in a run
    from ssimball.pipeline.photograph import Photograph, attack_photograph
    from ssimball.pipeline.photograph_config import AttackOptions, photograph_study
    from ssimball.report.image.files import write_single
    from ssimball.report.image.text import text

    with options_named(options):
        study = photograph_study(photo, AttackOptions(**options))
        single = attack_photograph(study, Photograph(photo, label, image_id, other), _count_passes)
    (name,) = single.attacks
    folder = output or Path(f"{photo.stem}_{name}")
    written = write_single(single, folder, amplify, _provenance(study))
    if as_json:
        print_json(written)
    else:
        if label is None:
            say("No --label was given; the network's own prediction is the label.\n")
        say(f"{text(single)}\n\nwritten to   {folder}")
    if single.attacks[name].ssim_map is None:
        raise click.exceptions.Exit(1)


@contextmanager
def _count_passes(classifier: "Classifier") -> Iterator[None]:
    """Count forward passes on a terminal; their number is not known in advance."""
    from ssimball.cli.progress import counter

    with counter("passes through the network") as count:
        handle = classifier.register_forward_hook(lambda *_: count())
        try:
            yield
        finally:
            handle.remove()


def _provenance(study: "StudyConfig") -> dict[str, Any]:
    """Return what the numbers depend on, as in the stage ``attack`` of a run."""
    from ssimball.pipeline.identity import model_identity
    from ssimball.storage.provenance import package_versions

    (name,) = study.attacks
    return {
        "settings": study.attack_settings[name].model_dump(mode="json"),
        "comparison": study.comparison.used(),
        "preprocessing": study.preprocessing.model_dump(mode="json"),
        "model": model_identity(study).model_dump(mode="json"),
        "seed": study.seed,
        "packages": package_versions(),
    }
