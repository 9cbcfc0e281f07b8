"""Choose a conic solver and call it.

The workflow calls :func:`check_solver` before any job starts, so this module does not import torch,
and imports CVXPY only when it is used.
"""

import os
import time
import warnings
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from ssimball.ball.stopping import Stopped
from ssimball.errors import AttackError, ConfigError

LICENCE_VARIABLE = "MOSEKLM_LICENSE_FILE"
#: MOSEK's response codes about licences, from err_license to err_license_no_server_line.
LICENCE_ERRORS = range(1000, 1029)
#: Relative gap and infeasibility to reach.
TOLERANCE = 1e-7
#: The tolerance accepted, with a status of its own, where rounding stops Clarabel early, as it does
#: now and then on large images.
REDUCED = 1e-6
#: Options of each solver; one thread, so that results do not depend on the machine's cores.
OPTIONS: dict[str, dict[str, Any]] = {
    "mosek": {
        "mosek_params": {
            "MSK_IPAR_NUM_THREADS": 1,
            "MSK_DPAR_INTPNT_CO_TOL_REL_GAP": TOLERANCE,
            "MSK_DPAR_INTPNT_CO_TOL_PFEAS": TOLERANCE,
            "MSK_DPAR_INTPNT_CO_TOL_DFEAS": TOLERANCE,
        }
    },
    "clarabel": {
        "tol_gap_abs": TOLERANCE,
        "tol_gap_rel": TOLERANCE,
        "tol_feas": TOLERANCE,
        "reduced_tol_gap_abs": REDUCED,
        "reduced_tol_gap_rel": REDUCED,
        "reduced_tol_feas": REDUCED,
        "max_threads": 1,
        # This supernodal method is seven times faster than the default where windows overlap.
        "direct_solve_method": "faer",
    },
    # A first-order method, which does not reach the accuracy of the other two.
    "scs": {"eps_abs": 1e-5, "eps_rel": 1e-5, "max_iters": 50_000},
}


@dataclass(frozen=True)
class Outcome:
    """How a conic solver ended with an optimal solution.

    Attributes:
        solver: mosek, clarabel or scs.
        status: ``OPTIMAL``, ``OPTIMAL_REDUCED``, or ``ZERO_GRADIENT`` where nothing was solved; any
            other end is an error.
        iterations: of the solver.
        setup_seconds: time to build the cones and, in CVXPY, the solver's matrices.
        solve_seconds: time of the solver.
        memory_mb: largest rise of the memory in use while building and solving, in MB; None where
            the system does not report it.
    """

    solver: str
    status: Stopped
    iterations: int
    setup_seconds: float
    solve_seconds: float
    memory_mb: float | None = None


def check_solver(name: str) -> str:
    """Return the solver that ``name`` stands for, after checking that it works here.

    Args:
        name: mosek, clarabel, scs, or auto: MOSEK where it has a licence, otherwise Clarabel.

    Raises:
        ConfigError: the solver is unknown, not installed, or without a licence.
    """
    if name == "auto":
        licensed = _licence_expected() and _licence_refusal() is None
        return "mosek" if licensed else check_solver("clarabel")
    if name not in OPTIONS:
        raise ConfigError(f"solver: {name!r} is none of auto, {', '.join(OPTIONS)}")
    if name.upper() not in _installed():
        raise ConfigError(f"solver: {name} is not installed; pip install {name}, or choose another")
    if name == "mosek":
        refusal = _licence_refusal()
        if refusal is not None:
            raise ConfigError(_licence_message(refusal))
    return name


def solve(problem: Any, solver: str) -> Outcome:
    """Solve a CVXPY problem in place.

    Args:
        problem: ``cvxpy.Problem``.
        solver: a name that :func:`check_solver` returned.

    Raises:
        AttackError: the solver did not end with an optimal solution. One that the solver itself
            calls inaccurate is not optimal, except Clarabel's: it is optimal to the reduced
            tolerance given here.
        ConfigError: MOSEK's licence is no longer available.
    """
    started = time.perf_counter()
    options = dict(OPTIONS[solver])
    data, chain, inverse = problem.get_problem_data(
        solver.upper(), ignore_dpp=True, solver_opts=options
    )
    ready = time.perf_counter()
    try:
        raw = chain.solve_via_data(problem, data, False, False, options)
        end = time.perf_counter()
        with warnings.catch_warnings():
            # "may be inaccurate": the status says so as well, and is an error below.
            warnings.simplefilter("ignore", UserWarning)
            problem.unpack_results(raw, chain, inverse)
    except _solver_errors(solver) as error:
        raise _translated(error, solver) from None
    status = _status(problem.status, solver)
    iterations = int(problem.solver_stats.num_iters or 0)
    return Outcome(solver, status, iterations, ready - started, end - ready)


def _translated(error: Exception, solver: str) -> AttackError | ConfigError:
    """Return the project's exception for an error of a solver."""
    refusal = _licence_code(error)
    if refusal is not None:
        return ConfigError(_licence_message(refusal))
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    return AttackError(f"{solver} failed: {reason}")


def _status(status: str, solver: str) -> Stopped:
    """Return the reason to stop for a status of CVXPY.

    Raises:
        AttackError: the status is not an optimal one.
    """
    if status == "optimal":
        return Stopped.OPTIMAL
    if solver == "clarabel" and status == "optimal_inaccurate":
        return Stopped.OPTIMAL_REDUCED
    raise AttackError(f"{solver} ended with status {status}")


def _installed() -> list[str]:
    names: list[str] = import_module("cvxpy").installed_solvers()
    return names


def _solver_errors(solver: str) -> tuple[type[Exception], ...]:
    general: type[Exception] = import_module("cvxpy.error").SolverError
    return (general, import_module("mosek").Error) if solver == "mosek" else (general,)


def _licence_file() -> Path:
    return Path.home() / "mosek" / "mosek.lic"


def _licence_expected() -> bool:
    """Return whether there may be a licence, without loading MOSEK."""
    return bool(os.environ.get(LICENCE_VARIABLE)) or _licence_file().is_file()


def _licence_refusal() -> str | None:
    """Ask MOSEK for a licence; return why it gets none, or None when it gets one."""
    try:
        mosek = import_module("mosek")
    except ImportError:
        return "the package mosek is not installed"
    try:
        with mosek.Env() as environment:
            # The base system and, for cones, the nonlinear extension.
            for feature in (mosek.feature.pts, mosek.feature.pton):
                environment.checkoutlicense(feature)
    except mosek.Error as error:
        return _licence_code(error) or str(error)
    return None


def _licence_code(error: Exception) -> str | None:
    """Return MOSEK's name and number of a licence error; None for other errors."""
    code = getattr(error, "errno", None)
    if code is None or int(code) not in LICENCE_ERRORS:
        return None
    return f"{str(code).removeprefix('rescode.')}, rescode {int(code)}"


def _licence_message(refusal: str) -> str:
    return (
        f"solver: mosek gets no licence ({refusal}). It looks for {_licence_file()} and for the "
        f"file that the environment variable {LICENCE_VARIABLE} names. Put a licence there, or "
        "choose solver: clarabel"
    )
