"""``ssimball show``: one image of a finished run."""

from pathlib import Path

import click
from click.shell_completion import CompletionItem

from ssimball.cli.options import RUN, amplify_option, examples, folder_option, starting
from ssimball.errors import SsimballError

EPILOG = f"""\
Exit codes: 0 shown, 2 there is no such run, image or attack.

{
    examples(
        "ssimball show results/demo demo-00007",
        "ssimball show results/demo demo-00007 --attack ssim_ball --attack pgd_l2 --output seven",
    )
}
"""


def _images(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from ssimball.runs.image import images

    try:
        return starting((name for _, name in images(ctx.params["run"])), incomplete)
    except SsimballError:
        return []  # the command itself says what is wrong


def _attacks(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from ssimball.runs.image import attack_names

    # While the option lacks its value, click has not told the arguments before it apart.
    run = ctx.params.get("run") or next(iter(ctx.args), None)
    return [] if run is None else starting(attack_names(Path(run)), incomplete)


@click.command(short_help="Show one image of a finished run.", epilog=EPILOG)
@click.argument("run", type=RUN)
@click.argument("image_id", shell_complete=_images)
@click.option(
    "--attack",
    "attacks",
    multiple=True,
    shell_complete=_attacks,
    help="Only this; may be repeated. Those of the sensitivity sweep have to be named.",
)
@folder_option("<run>_<image>")
@amplify_option()
def command(
    run: Path, image_id: str, attacks: tuple[str, ...], output: Path | None, amplify: float
) -> None:
    """Show what a RUN stored of an image, IMAGE_ID, under each attack.

    Prints the numbers of its rows, and table and row they come from. Written are clean.png (what
    the network sees), cam.png and cam_overlay.png (class activation map of the label), and of each
    attack the adversarial image, the amplified change and the SSIM map, and numbers.json. Files of
    these names are replaced.
    """
    from ssimball.report.image.files import write_single
    from ssimball.report.image.text import text
    from ssimball.runs.image import stored_image

    single = stored_image(run, image_id, attacks)
    folder = output or Path(f"{run.resolve().name}_{Path(image_id).stem}")
    write_single(single, folder, amplify, {"run": str(run)})
    click.echo(f"{text(single)}\n\nwritten to   {folder}")
