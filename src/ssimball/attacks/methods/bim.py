"""Basic iterative method (Kurakin, Goodfellow, Bengio, ICLR workshop 2017), by Foolbox.

    X_0 = X,  X_{N+1} = Clip_{X,eps}(X_N + alpha sign(grad_X J(X_N, y_true)))

Clip keeps X within eps of the image in every pixel, and in [0, 1]. J is the cross-entropy. With a
target the step goes down the target's cross-entropy; ``target: least_likely`` is the paper's
iterative least-likely class method. The paper has alpha = 1/255 and min(eps + 4, 1.25 eps) steps,
eps in grey levels; the defaults are those numbers at eps = 4/255, and alpha grows with eps.
"""

import foolbox
from torch import nn

from ssimball.attacks.foolbox_adapter import run
from ssimball.attacks.interface import AttackResult, Batch
from ssimball.config.attacks.gradient import BimConfig


def attack(model: nn.Module, batch: Batch, settings: BimConfig) -> AttackResult:
    """Signed gradient steps from the image, inside an l-infinity ball. See :class:`Attack`."""
    method = foolbox.attacks.LinfBasicIterativeAttack(
        rel_stepsize=settings.relative_step_size, steps=settings.steps
    )
    return run(method, model, batch, settings.epsilon)
