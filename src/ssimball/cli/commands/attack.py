"""``ssimball attack``: one photograph."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from ssimball.cli.options import FILE_THERE, amplify_option, examples, folder_option, starting
from ssimball.runtime.environment import use_one_thread

if TYPE_CHECKING:
    from ssimball.config.study import StudyConfig
    from ssimball.models.classifier import Classifier

EPILOG = f"""\
Exit codes: 0 attacked, whether or not the network is fooled, since either is a result; 1 the attack
has no answer for this photograph; 2 something that was given cannot be used.

{
    examples(
        "ssimball attack dog.jpg",
        "ssimball attack dog.jpg --attack pgd_l2 --set steps=40 --mean-ssim 0.98",
        "ssimball attack dog.jpg --network resnet50 --weights IMAGENET1K_V2 --label beagle",
        "ssimball attack dog.jpg --configfile config/mobilenet_v2_tf.yaml --weights tf.safetensors",
        "ssimball attack scene.png --network demo    # needs no download",
    )
}
"""


def _attacks(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from ssimball.config.attacks.registry import default_attacks, methods

    return starting(dict.fromkeys([*default_attacks(), *methods()]), incomplete)


def _settings(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> dict[str, Any]:
    """``key=value``, the value in YAML, as on the command line of Snakemake."""
    import yaml

    found = {}
    for one in given:
        key, equals, value = one.partition("=")
        if not (key and equals):
            raise click.BadParameter(f"{one!r} is not key=value, such as epsilon=0.02")
        try:
            found[key] = yaml.safe_load(value)
        except yaml.YAMLError:
            raise click.BadParameter(f"{key}: {value!r} is not YAML; mind brackets") from None
    return found


@click.command(short_help="Attack one photograph and show what was done to it.", epilog=EPILOG)
@click.argument("photo", type=FILE_THERE)
@click.option(
    "--attack",
    default="ssim_ball",
    show_default=True,
    shell_complete=_attacks,
    help="Name from attack_settings of config.yaml, or a method of docs/attacks.md.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    callback=_settings,
    help="A setting of the attack; may be repeated.",
)
@click.option(
    "--mean-ssim",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Bring the stored image to this mean SSIM.  [default: the attack's own budget]",
)
@click.option(
    "--network", help="Of torchvision, or demo, the one that is shipped.  [default: mobilenet_v2]"
)
@click.option("--weights", help="A file, or torchvision's name for them.  [default: IMAGENET1K_V1]")
@click.option("--label", help="Class, number or name.  [default: what the network says]")
@click.option("--other", type=FILE_THERE, help="A second photograph, for ball_other_gradient.")
@click.option("--seed", type=click.IntRange(0), help="Of what is random.  [default: 0]")
@click.option(
    "--image-id",
    help="Its image_id in a run, to get the run's random numbers.  [default: file name]",
)
@click.option(
    "--configfile",
    "overlays",
    type=FILE_THERE,
    multiple=True,
    help="Settings as for a run, or a run's config.yaml; may be repeated, the last one counts.",
)
@folder_option("<photo>_<attack>")
@amplify_option()
def command(
    photo: Path,
    label: str | None,
    image_id: str | None,
    other: Path | None,
    output: Path | None,
    amplify: float,
    **chosen: Any,
) -> None:
    """Attack one PHOTO, and show what was done to it.

    Numbers and image are those that a run with the same settings, seed and image_id stores. Written
    are clean.png (what the network sees), cam.png and cam_overlay.png (class activation map of the
    label), and of the attack the 8-bit adversarial image, the amplified change and the SSIM map,
    and numbers.json. Files of these names are replaced.
    """
    use_one_thread()  # before torch is imported: as a run does
    from ssimball.pipeline.photograph import Photograph, attack_photograph
    from ssimball.pipeline.photograph_config import photograph_study
    from ssimball.report.image.files import write_single
    from ssimball.report.image.text import text

    study = photograph_study(photo, **chosen)
    single = attack_photograph(study, Photograph(photo, label, image_id, other), _passes)
    (name,) = single.attacks
    folder = output or Path(f"{photo.stem}_{name}")
    write_single(single, folder, amplify, _origin(study))
    if label is None:
        click.echo("The label is the network's own prediction, as none was given.\n")
    click.echo(f"{text(single)}\n\nwritten to   {folder}")
    if single.attacks[name].ssim_map is None:
        raise click.exceptions.Exit(1)


@contextmanager
def _passes(classifier: "Classifier") -> Iterator[None]:
    """Count on a terminal what an attack takes; how much there will be nobody knows."""
    from ssimball.cli.progress import counter

    with counter("passes through the network") as count:
        handle = classifier.register_forward_hook(lambda *_: count())
        try:
            yield
        finally:
            handle.remove()


def _origin(study: "StudyConfig") -> dict[str, Any]:
    """What the numbers depend on, as stage attack of a run has it."""
    from ssimball.pipeline.identity import model_identity
    from ssimball.storage.provenance import package_versions

    (name,) = study.attacks
    return {
        "settings": study.attack_settings[name].model_dump(mode="json"),
        "comparison": study.comparison.used(),
        "preprocessing": study.preprocessing.model_dump(mode="json"),
        "model": model_identity(study),
        "seed": study.seed,
        "packages": package_versions(),
    }
