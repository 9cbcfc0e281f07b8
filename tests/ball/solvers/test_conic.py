"""The conic reference against the fast solver, closed forms, and the definitions of the models.

The fixture ``plain`` has the definitions.
"""

import subprocess
import sys

import numpy as np
import pytest
import torch

from ssimball.ball.ball import Ball
from ssimball.ball.solvers.ball_solver import BallSolver
from ssimball.ball.solvers.conic import backends as conic_backends
from ssimball.ball.solvers.conic.backends import OPTIONS, check_solver
from ssimball.ball.solvers.conic.solve import maximise_conic
from ssimball.errors import AttackError, ConfigError
from ssimball.ssim.windows import gaussian, uniform

C1, C2 = 1e-4, 9e-4
WINDOWS = {
    "gaussian": gaussian(),
    "gaussian strided": gaussian(8, 1.5, 3),
    "disjoint": uniform(8, 8),
    "overlapping": uniform(8, 5),
    "overlapping much": gaussian(8, 2.0, 2),
    "reflecting": gaussian(5, 1.0, boundary="reflect"),
}
every_window = pytest.mark.parametrize("window", WINDOWS.values(), ids=WINDOWS)


def side_for(window, at_most):
    """Return the largest side of at most so many pixels that the windows cover."""
    return at_most - (at_most - window.size) % window.stride


def dense_quadratic(plain, w, x):
    """Return A of one channel, built window by window."""
    mean, variance = plain.moments(w, x)
    a, b = 1 / (2 * variance + C2), 1 / (2 * mean**2 + C1)
    return np.diag(a @ w) - w.T @ (a[:, None] * w) + w.T @ (b[:, None] * w)


@pytest.mark.parametrize(
    ("number", "shape", "epsilon", "tau"),
    [
        (0, (1, 24, 32), 0.01, 8 / 255),
        (6, (3, 24, 24), 0.01, 8 / 255),
        (12, (1, 28, 28), 0.2, None),
        (1, (1, 24, 24), 1e-3, 8 / 255),
        (3, (3, 24, 24), 0.01, None),
    ],
    ids=["scene", "colour", "no cap", "narrow", "binary"],
)
def test_quadratic_optimum_is_that_of_the_fast_solver(plain, picture, number, shape, epsilon, tau):
    x, g = torch.from_numpy(picture(number, shape)), plain.noise(shape)
    solution = maximise_conic(x, g, model="Q", epsilon=epsilon, tau=tau, solver="clarabel")
    fast = BallSolver(Ball.around(x[None], epsilon, tau)).maximise(
        g[None], gap=1e-5, max_iterations=20_000
    )
    # Rounding may leave the gap a little above 1e-5, which has its own status.
    assert fast.stopped == ["gap"] or (fast.stopped == ["precision"] and float(fast.gap) < 2e-5)
    assert solution.objective == pytest.approx(float(fast.primal), rel=1e-5)
    assert solution.objective <= float(fast.dual) * (1 + 1e-12)
    assert solution.certificate is not None
    assert float(fast.primal) <= float(solution.certificate.dual) * (1 + 1e-12)
    assert solution.outcome.status == "optimal"


@every_window
@pytest.mark.parametrize("tau", [8 / 255, None])
def test_quadratic_optimum_is_proved_by_its_multiplier(plain, picture, window, tau):
    """Weak duality with A built window by window, without another solver or code of the package."""
    shape = (2, side_for(window, 26), side_for(window, 24))
    x, g = picture(0, shape), plain.noise(shape)
    solution = maximise_conic(
        torch.from_numpy(x), g, model="Q", epsilon=0.02, tau=tau, window=window, solver="clarabel"
    )
    w = plain.rows_of(window, *shape[1:])
    d = solution.perturbation.double().numpy()
    assert solution.perturbation.dtype == torch.float32
    pulled = np.stack(
        [dense_quadratic(plain, w, x[i].ravel()) @ d[i].ravel() for i in range(2)]
    ).reshape(shape)
    radius, quadratic = 0.02 * 2 * len(w), (d * pulled).sum()
    lower, upper = plain.bounds_of(x, tau)
    assert quadratic <= radius * (1 + 1e-12)
    assert (d >= lower).all()
    assert (d <= upper).all()
    nu = float(solution.certificate.proof.multiplier)
    rest = g.numpy() - nu * pulled
    dual = nu * np.sqrt(radius * quadratic) + np.maximum(rest * lower, rest * upper).sum()
    assert solution.objective == pytest.approx((g.numpy() * d).sum(), rel=1e-12)
    assert solution.objective >= dual * (1 - 1e-4)
    assert float(solution.certificate.dual) == pytest.approx(dual, rel=1e-9)


@pytest.mark.parametrize("model", ["S", "L"])
@pytest.mark.parametrize("tau", [0.05, None])
@pytest.mark.parametrize("number", [0, 1, 4])
@pytest.mark.parametrize(
    ("window", "shape"),
    [(uniform(5, 3), (1, 11, 14)), (uniform(3, boundary="reflect"), (1, 5, 6))],
    ids=["valid", "reflecting"],
)
def test_optimum_of_s_and_l_is_that_of_the_definitions(
    plain, picture, model, tau, number, window, shape
):
    x, g = picture(number, shape), plain.noise(shape)
    solution = maximise_conic(
        torch.from_numpy(x), g, model=model, epsilon=0.05, tau=tau, window=window, solver="clarabel"
    )
    expected = plain.optimum(
        model, plain.rows_of(window, *shape[1:]), x.ravel(), g.numpy().ravel(), 0.05, tau
    )
    assert solution.objective == pytest.approx(expected, rel=1e-4)
    assert solution.certificate is None


def test_local_ball_of_disjoint_windows_has_a_closed_form(plain):
    """Each window has a Euclidean ball around k (x - mu), k = e / (1 - e), and a mean interval."""
    e, n, shape = 0.02, 8, (2, 24, 16)
    x = np.random.default_rng(1).uniform(0.4, 0.6, shape)
    g = plain.noise(shape)
    solution = maximise_conic(
        torch.from_numpy(x), g, model="L", epsilon=e, tau=None, window=uniform(n, n), solver="scs"
    )
    expected, k = np.zeros(shape), e / (1 - e)
    for c, i, j in np.ndindex(2, 3, 2):
        at = np.s_[c, n * i : n * (i + 1), n * j : n * (j + 1)]
        mu, s2, pull = x[at].mean(), x[at].var(), g.numpy()[at]
        ball = np.sqrt(k * (2 * s2 + C2) + k**2 * s2) * n
        interval = np.sqrt(k**2 * mu**2 + k * (2 * mu**2 + C1))
        tilt = pull - pull.mean()
        expected[at] = k * (x[at] - mu) + ball * tilt / np.linalg.norm(tilt)
        expected[at] += k * mu + np.sign(pull.mean()) * interval
    assert (x + expected).min() > 0  # the box binds nowhere
    assert (x + expected).max() < 1
    assert solution.objective == pytest.approx((g.numpy() * expected).sum(), rel=1e-4)
    np.testing.assert_allclose(solution.perturbation.numpy(), expected, atol=2e-3)


@every_window
@pytest.mark.parametrize("number", [0, 1, 3])
def test_model_s_keeps_the_true_distance_below_epsilon(plain, picture, window, number):
    shape = (1, side_for(window, 20), side_for(window, 20))
    x = picture(number, shape)
    solution = maximise_conic(
        torch.from_numpy(x),
        plain.noise(shape),
        model="S",
        epsilon=0.1,
        tau=None,
        window=window,
        solver="clarabel",
    )
    d = solution.perturbation.double().numpy()
    luminance, structure = plain.true_distance(
        plain.rows_of(window, *shape[1:]), x.ravel(), d.ravel()
    )
    assert 0.02 < (luminance + structure).mean() <= 0.1


@every_window
def test_model_l_keeps_both_terms_below_epsilon_in_every_window(plain, picture, window):
    shape = (1, side_for(window, 20), side_for(window, 20))
    x = picture(0, shape)
    solution = maximise_conic(
        torch.from_numpy(x),
        plain.noise(shape),
        model="L",
        epsilon=0.1,
        tau=None,
        window=window,
        solver="clarabel",
    )
    d = solution.perturbation.double().numpy()
    terms = plain.true_distance(plain.rows_of(window, *shape[1:]), x.ravel(), d.ravel())
    for term in terms:
        # The definition of SSIM loses digits by cancellation near 1.
        assert term.max() <= 0.1 + 1e-9
    assert np.median(terms[1]) > 0.05


@pytest.mark.parametrize(("epsilon", "difference"), [(1e-6, 2e-3), (1e-4, 2e-2)])
def test_s_and_q_agree_for_small_radii(plain, picture, epsilon, difference):
    x, g = torch.from_numpy(0.2 + 0.6 * picture(0, (1, 24, 24))), plain.noise((1, 24, 24))

    def optimum(model, radius):
        return maximise_conic(
            x, g, model=model, epsilon=radius, tau=None, window=uniform(8, 8), solver="clarabel"
        ).objective

    assert optimum("S", epsilon) == pytest.approx(optimum("Q", epsilon), rel=difference)
    assert optimum("S", 0.2) != pytest.approx(optimum("Q", 0.2), rel=difference)


@pytest.mark.parametrize("model", ["Q", "S", "L"])
@pytest.mark.parametrize("solver", ["scs", "mosek"])
def test_solvers_agree(plain, picture, model, solver):
    if solver == "mosek":
        try:
            check_solver("mosek")
        except ConfigError:
            pytest.skip("needs a MOSEK licence: put mosek.lic, from mosek.com, into ~/mosek")
    x, g = torch.from_numpy(picture(0, (1, 24, 24))), plain.noise((1, 24, 24))
    solution, reference = (
        maximise_conic(x, g, model=model, epsilon=0.01, tau=0.05, window=uniform(8, 4), solver=name)
        for name in (solver, "clarabel")
    )
    assert solution.outcome.solver == solver
    assert solution.objective == pytest.approx(reference.objective, rel=1e-4)


@pytest.mark.parametrize("model", ["Q", "S", "L"])
def test_nothing_to_gain_gives_no_perturbation(model):
    x = torch.ones(2, 16, 16, dtype=torch.float64)

    def solve(gradient):
        return maximise_conic(
            x, gradient, model=model, epsilon=0.01, tau=None, window=uniform(8, 8), solver="scs"
        )

    for solution in (solve(torch.zeros_like(x)), solve(x)):
        assert not bool(solution.perturbation.any())
        assert solution.objective == 0
    assert (solve(0 * x).outcome.status, solve(x).outcome.status) == ("zero gradient", "optimal")


def solve_small(plain, solver):
    x = torch.full((1, 16, 16), 0.5, dtype=torch.float64)
    return maximise_conic(
        x,
        plain.noise(x.shape),
        model="Q",
        epsilon=0.01,
        tau=0.05,
        window=uniform(8, 4),
        solver=solver,
    )


TIGHT = dict.fromkeys(("tol_gap_abs", "tol_gap_rel", "tol_feas"), 1e-15)
TIGHTER = {**TIGHT, **{f"reduced_{key}": 1e-15 for key in TIGHT}}


@pytest.mark.parametrize(
    ("solver", "options", "status"),
    [
        ("scs", {"max_iters": 20}, "optimal_inaccurate"),
        ("clarabel", {"max_iter": 3}, "user_limit"),
        ("clarabel", TIGHTER, "."),
    ],
)
def test_any_status_but_optimal_is_an_attack_error(plain, monkeypatch, solver, options, status):
    monkeypatch.setitem(OPTIONS, solver, {**OPTIONS[solver], **options})
    with pytest.raises(AttackError, match=f"{solver} .*{status}"):
        solve_small(plain, solver)


def test_reduced_accuracy_has_its_own_status(plain, monkeypatch):
    monkeypatch.setitem(OPTIONS, "clarabel", {**OPTIONS["clarabel"], **TIGHT})
    assert solve_small(plain, "clarabel").outcome.status == "optimal to 1e-6"


@pytest.mark.parametrize(
    ("window", "side"), [(uniform(8, 8), 20), (uniform(8, 8), 7), (gaussian(11, 1.5, 4), 25)]
)
def test_uncovered_pixels_are_refused(window, side):
    x = torch.full((1, side, side), 0.5, dtype=torch.float64)
    with pytest.raises(AttackError, match=rf"\b{side}\b.* pixels"):
        maximise_conic(x, x, model="S", epsilon=0.01, tau=None, window=window, solver="clarabel")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_gradient_that_is_not_finite_is_refused(value):
    x = torch.full((1, 16, 16), 0.5, dtype=torch.float64)
    with pytest.raises(ValueError, match="not finite"):
        maximise_conic(x, x * value, model="Q", epsilon=0.01, tau=None)


@pytest.fixture
def no_licence(monkeypatch, tmp_path):
    """Hide any MOSEK licence of the machine."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("MOSEKLM_LICENSE_FILE", str(tmp_path / "none.lic"))
    return tmp_path


def test_message_about_a_missing_licence_names_where_mosek_looks(no_licence):
    with pytest.raises(ConfigError) as caught:
        check_solver("mosek")
    message = str(caught.value)
    for part in ("1008", str(no_licence / "mosek" / "mosek.lic"), "MOSEKLM_LICENSE_FILE"):
        assert part in message


def test_auto_is_clarabel_without_a_valid_licence(no_licence, monkeypatch):
    assert check_solver("auto") == "clarabel"
    monkeypatch.setattr(conic_backends, "_licence_refusal", lambda: None)
    assert check_solver("auto") == "mosek"


def test_licence_lost_during_a_run_gives_the_same_message(plain, no_licence, monkeypatch):
    """By then MOSEK has received the whole problem and its parameters."""
    seen = {}
    mosek = pytest.importorskip("mosek")
    optimize = mosek.Task.optimize

    def spy(task, *arguments):
        seen["cones"] = task.getnumcone()
        seen["gap"] = task.getdouparam(mosek.dparam.intpnt_co_tol_rel_gap)
        seen["threads"] = task.getintparam(mosek.iparam.num_threads)
        return optimize(task, *arguments)

    monkeypatch.setattr(mosek.Task, "optimize", spy)
    monkeypatch.setattr(conic_backends, "_licence_refusal", lambda: None)
    with pytest.raises(ConfigError, match="1008"):
        solve_small(plain, "mosek")
    assert seen == {"cones": 1, "gap": 1e-7, "threads": 1}


def test_messages_name_unknown_and_missing_solvers(monkeypatch):
    with pytest.raises(ConfigError, match="'gurobi' is none of auto, mosek, clarabel, scs"):
        check_solver("gurobi")
    monkeypatch.setattr(conic_backends, "_installed", lambda: ["CLARABEL"])
    with pytest.raises(ConfigError, match="scs is not installed"):
        check_solver("scs")


def test_solver_is_checked_without_torch():
    code = (
        "import sys; from ssimball.ball.solvers.conic.backends import check_solver; "
        "early = 'cvxpy' in sys.modules; check_solver('clarabel'); "
        "sys.exit(early or 'torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
