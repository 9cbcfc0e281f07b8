"""``ssimball compile``: compile the solver before it is needed."""

import time

import click

from ssimball.cli.options import examples
from ssimball.cli.output import say

EPILOG = examples("ssimball compile")


@click.command(short_help="Compile the solver, once a machine.", epilog=EPILOG)
def command() -> None:
    """Compile the solver for this machine, so that no job has to.

    Compiled code lies in the user's cache folder, or in NUMBA_CACHE_DIR where that is set. It is
    named by its content: other copies of the same version find it there. make demo and make test
    do this once. Without it, the first attack in the SSIM ball compiles.
    """
    from ssimball.runtime.compilation import compile_for
    from ssimball.runtime.compiled_cache import cache_folder

    start = time.perf_counter()
    # By name: importing it here would take a second.
    compile_for("ssimball.ball.solvers.warm_up", "call_all")
    say(f"ready after {time.perf_counter() - start:.0f} s: {cache_folder()}")
