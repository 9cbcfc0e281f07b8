"""``ssimball compile``: compile the solver before it is needed."""

import os
import time

import click

from ssimball.cli.options import examples
from ssimball.cli.output import say

EPILOG = examples("ssimball compile")
#: Its function ``call_all`` calls what is compiled.
SOLVER = "ssimball.ball.solvers.warm_up"


@click.command(short_help="Compile the solver, once a machine.", epilog=EPILOG)
def command() -> None:
    """Compile the solver for this machine, so that no job has to.

    Compiled code lies in the user's cache folder, or in NUMBA_CACHE_DIR where that is set. It is
    named by its content: other copies of the same version find it there. make demo and make test
    do this once. Without it, the first attack in the SSIM ball compiles.
    """
    from ssimball.runtime.compiled_folder import cache_folder

    if not is_to_be_compiled():
        say("nothing to compile: NUMBA_DISABLE_JIT is set, the solver runs as plain Python")
        return
    start = time.perf_counter()
    compile_solver()
    say(f"ready after {time.perf_counter() - start:.0f} s: {cache_folder()}")


def is_to_be_compiled() -> bool:
    """Return whether the solver is compiled at all; numba can be switched off."""
    return os.environ.get("NUMBA_DISABLE_JIT", "0") == "0"


def compile_solver() -> bool:
    """Compile the solver unless that was done on a machine of this kind; return whether it was."""
    from ssimball.runtime.compiled_before import is_compiled, remember_compiled

    if is_compiled(SOLVER):
        return True
    # These take seconds to import.
    from ssimball.runtime.compilation import compile_for

    compile_for(SOLVER, "call_all")
    remember_compiled(SOLVER)
    return False
