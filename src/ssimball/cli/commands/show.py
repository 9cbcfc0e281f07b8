"""``ssimball show``: show one image of a finished run."""

from pathlib import Path

import click
from click.shell_completion import CompletionItem

from ssimball.cli.foreign import reading
from ssimball.cli.options import (
    RUN,
    amplify_option,
    completions,
    examples,
    folder_option,
    json_option,
    print_json,
)
from ssimball.cli.output import say
from ssimball.errors import SsimballError

EPILOG = f"""\
Exit codes: 0 done, 2 there is no such run, image or attack.

{
    examples(
        "ssimball show results/demo imagenet_07",
        "ssimball show results/demo imagenet_07 --attack ssim_ball --attack pgd_l2 --output seven",
    )
}
"""


def _images(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from ssimball.runs.image import images

    try:
        return completions((name for _, name in images(ctx.params["run"])), incomplete)
    except SsimballError:
        return []  # the command itself reports what is wrong


def _attacks(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from ssimball.runs.image import attack_names

    # Before the option has its value, Click has not yet assigned the arguments before it.
    run = ctx.params.get("run") or next(iter(ctx.args), None)
    return [] if run is None else completions(attack_names(Path(run)), incomplete)


@click.command(short_help="Show one image of a finished run.", epilog=EPILOG)
@click.argument("run", type=RUN)
@click.argument("image_id", shell_complete=_images)
@click.option(
    "--attack",
    "attacks",
    multiple=True,
    shell_complete=_attacks,
    help="Show only this attack; may be repeated. Attacks of the sensitivity sweep must be named.",
)
@folder_option("<run>_<image>")
@amplify_option()
@json_option()
def command(
    run: Path,
    image_id: str,
    attacks: tuple[str, ...],
    output: Path | None,
    amplify: float,
    as_json: bool,
) -> None:
    """Show what a RUN stored about one image, IMAGE_ID, for each attack.

    Prints the numbers of the image's rows, with the table and row they come from. Writes clean.png
    (the input of the network), cam.png and cam_overlay.png (the class activation map of the label),
    numbers.json, and for each attack the adversarial image, the amplified change, the SSIM map, and
    all of these side by side.
    Existing files of these names are replaced.
    """
    from ssimball.report.image.files import write_single
    from ssimball.report.image.text import text
    from ssimball.runs.image import stored_image

    with reading(run):
        single = stored_image(run, image_id, attacks)
        folder = output or Path(f"{run.resolve().name}_{Path(image_id).stem}")
        # The name of the default folder comes from the run, and may be taken by a link.
        root = Path() if output is None else None
        written = write_single(single, folder, amplify, {"run": str(run)}, root)
        printed = text(single)
    if as_json:
        print_json(written)
    else:
        say(f"{printed}\n\nwritten to   {folder}")
