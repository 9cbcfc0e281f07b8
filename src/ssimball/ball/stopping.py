"""Why a solver stopped, as it is stored. Imports neither torch nor CVXPY."""

from enum import StrEnum


class Stopped(StrEnum):
    """Reason why a solver stopped for an image. The values are those of stored tables."""

    #: The certified relative duality gap is at most the one requested.
    GAP = "gap"
    #: The iteration limit was reached first.
    ITERATIONS = "iterations"
    #: float32 arithmetic reported a closed gap that float64 does not confirm.
    PRECISION = "precision"
    #: The limit of relinearisation rounds was reached first.
    ROUNDS = "rounds"
    #: The gradient is 0, so every feasible perturbation is optimal.
    ZERO_GRADIENT = "zero gradient"
    #: A conic solver reports an optimal solution.
    OPTIMAL = "optimal"
    #: Clarabel reports an optimal solution to its reduced tolerance.
    OPTIMAL_REDUCED = "optimal to 1e-6"
