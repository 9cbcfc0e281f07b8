"""Which conic solver answers, and how it is called. Imports neither torch nor, before use, CVXPY.

The workflow asks :func:`check_solver` before any job starts.
"""

import os
import time
import warnings
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from ssimball.errors import AttackError, ConfigError

LICENCE_VARIABLE = "MOSEKLM_LICENSE_FILE"
#: MOSEK's response codes about licences, from err_license to err_license_no_server_line.
LICENCE_ERRORS = range(1000, 1029)
#: Relative gap and infeasibility asked for, and what is accepted, under its own status, where
#: rounding stops Clarabel before: now and then on large images.
TOLERANCE = 1e-7
REDUCED = 1e-6
REACHED_REDUCED = "optimal to 1e-6"
#: One thread, so that results do not depend on the machine's cores.
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
        # Supernodal: seven times faster than the default where windows overlap.
        "direct_solve_method": "faer",
    },
    # A first-order method: not to be had to the accuracy of the other two.
    "scs": {"eps_abs": 1e-5, "eps_rel": 1e-5, "max_iters": 50_000},
}


@dataclass(frozen=True)
class Solved:
    """How an optimal solution was found.

    Attributes:
        solver: its name.
        status: ``optimal``, or ``optimal to 1e-6``; others are errors.
        iterations: of the solver.
        setup_seconds: CVXPY's, from the problem to the solver's matrices.
        solve_seconds: the solver's.
        memory_mb: see :class:`ssimball.ball.solvers.conic.solve.ConicSolution`; filled in there.
    """

    solver: str
    status: str
    iterations: int
    setup_seconds: float
    solve_seconds: float
    memory_mb: float | None = None


def check_solver(name: str) -> str:
    """The solver that ``name`` stands for, once it is known that it can work here.

    Args:
        name: mosek, clarabel, scs, or auto: MOSEK where it has a licence, otherwise Clarabel.

    Raises:
        ConfigError: unknown, not installed, or without a licence.
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


def solve(problem: Any, solver: str) -> Solved:
    """Solve a problem of CVXPY in place.

    Args:
        problem: ``cvxpy.Problem``.
        solver: a name that :func:`check_solver` returned.

    Raises:
        AttackError: any end but an optimal one. A solution that the solver itself calls inaccurate
            is not optimal; Clarabel's is, to the reduced tolerance that it is given here.
        ConfigError: MOSEK's licence is gone.
    """
    begin = time.perf_counter()
    options = dict(OPTIONS[solver])
    data, chain, inverse = problem.get_problem_data(
        solver.upper(), ignore_dpp=True, solver_opts=options
    )
    ready = time.perf_counter()
    try:
        raw = chain.solve_via_data(problem, data, False, False, options)
        end = time.perf_counter()
        with warnings.catch_warnings():
            # "may be inaccurate": said by the status as well, which is an error below.
            warnings.simplefilter("ignore", UserWarning)
            problem.unpack_results(raw, chain, inverse)
    except _solver_errors(solver) as error:
        refusal = _licence_code(error)
        if refusal is not None:
            raise ConfigError(_licence_message(refusal)) from None
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise AttackError(f"{solver} failed: {reason}") from None
    status = problem.status
    if solver == "clarabel" and status == "optimal_inaccurate":
        status = REACHED_REDUCED
    if status not in ("optimal", REACHED_REDUCED):
        raise AttackError(f"{solver} ended with status {status}")
    iterations = int(problem.solver_stats.num_iters or 0)
    return Solved(solver, status, iterations, ready - begin, end - ready)


def _installed() -> list[str]:
    names: list[str] = import_module("cvxpy").installed_solvers()
    return names


def _solver_errors(solver: str) -> tuple[type[Exception], ...]:
    general: type[Exception] = import_module("cvxpy.error").SolverError
    return (general, import_module("mosek").Error) if solver == "mosek" else (general,)


def _licence_file() -> Path:
    return Path.home() / "mosek" / "mosek.lic"


def _licence_expected() -> bool:
    """Whether there is anything to find, looked up without loading MOSEK."""
    return bool(os.environ.get(LICENCE_VARIABLE)) or _licence_file().is_file()


def _licence_refusal() -> str | None:
    """Why MOSEK gets no licence, by asking for one; None when it gets it."""
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
    """MOSEK's name and number of a licence error; None for other errors."""
    code = getattr(error, "errno", None)
    if code is None or int(code) not in LICENCE_ERRORS:
        return None
    return f"{str(code).removeprefix('rescode.')}, rescode {int(code)}"


def _licence_message(refusal: str) -> str:
    return (
        f"solver: mosek gets no licence ({refusal}); it looks for {_licence_file()} or for what "
        f"the environment variable {LICENCE_VARIABLE} names. Put a licence there, or choose "
        "solver: clarabel"
    )
