"""``ssimball fetch``: get what a run needs from a network, before jobs that have none."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ssimball.cli import snakemake
from ssimball.cli.options import examples
from ssimball.cli.output import say

if TYPE_CHECKING:
    from ssimball.cli.needs import Need

EPILOG = f"""\
Exit codes: 0 all is there, 2 something cannot be got, or the configuration is wrong.

{
    examples(
        "ssimball fetch --configfile config/imagenet.yaml",
        "ssimball fetch --configfile config/manifest.yaml --config run=mine seed=1",
    )
}
"""
#: Environment variables that name places of what was fetched, and the folder they name.
_FOLDERS = {"TORCH_HOME": "torch", "NUMBA_CACHE_DIR": "compiled"}


@click.command(
    short_help="Get what a run needs from a network, before its jobs.",
    epilog=EPILOG,
    context_settings=snakemake.CONTEXT_SETTINGS,
)
@snakemake.snakemake_arguments
def command(arguments: tuple[str, ...]) -> None:
    """Get what a run needs, so that its jobs need no network and compile nothing.

    The arguments are Snakemake's: --configfile and --config select the run. Weights that are named
    are downloaded, the solver is compiled, and every network is tried on one image. Packages, your
    own networks and the images are only checked. Each line names one thing, its size, where it
    lies, and the environment variable that names another place. Run it on the login node.
    """
    from ssimball.cli.needs import fetch_needs

    study = snakemake.study(arguments)
    found = []
    for need in fetch_needs(study, announce=lambda text: say(text, err=True)):
        say(_line(need))
        found.append(need)
    if not any(need.is_new for need in found):
        say("Nothing was to be fetched.")
    say(_advice(found))


def _line(need: "Need") -> str:
    kept = f" ({need.variable})" if need.variable else ""
    state = "new" if need.is_new else "there"
    return f"{need.name:9}{state:6} {need.found}: {need.place.absolute()}{kept}"


def _advice(needs: "list[Need]") -> str:
    """Return what the nodes have to see, and what to set where they do not see the home folder."""
    kept = {need.variable: need.place.absolute() for need in needs if need.variable}
    at_home = [name for name, place in kept.items() if place.is_relative_to(Path.home())]
    if at_home:
        settings = " ".join(f"{name}=SHARED/{_FOLDERS[name]}" for name in at_home)
        return (
            "A node needs no network if it sees these places. If nodes have another home folder, "
            f"`export {settings}`, with a folder that all nodes see in place of SHARED, repeat "
            "this command, and start Snakemake in the same shell: SLURM hands its environment on."
        )
    return (
        "A node needs no network if it sees these places. Start Snakemake with the same "
        "environment variables: SLURM hands them on."
    )
