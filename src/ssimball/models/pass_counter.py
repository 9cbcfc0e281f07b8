"""Count forward and backward passes through a network with hooks."""

from types import TracebackType
from typing import Any

from torch import Tensor, nn


class PassCounter:
    """A context manager that counts passes per image; each image of a batch counts as one.

    Attributes:
        forward: images that went through the network.
        backward: gradients that came back from its output. Several for one output count each.
    """

    def __init__(self, model: nn.Module) -> None:
        """Prepare to count passes through ``model``."""
        self.forward = self.backward = 0
        self._model = model

    def __enter__(self) -> "PassCounter":
        """Start counting."""
        self._handle = self._model.register_forward_hook(self._count)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop counting."""
        self._handle.remove()

    def _count(self, _module: nn.Module, _inputs: Any, output: Tensor) -> None:
        self.forward += len(output)
        if output.requires_grad:
            output.register_hook(self._count_back)  # type: ignore[no-untyped-call]

    def _count_back(self, gradient: Tensor) -> None:
        self.backward += len(gradient)
