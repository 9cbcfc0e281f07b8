"""Record what the modules of any network return and get in one pass, by forward hooks."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ssimball.errors import ConfigError


@dataclass(frozen=True)
class Place:
    """A tensor inside a network.

    Attributes:
        module: dotted name of a module.
        call: number of the module's call within a pass, from 0.
        is_input: whether it is the module's first argument rather than what it returns.
    """

    module: str
    call: int = 0
    is_input: bool = False

    def __str__(self) -> str:
        """Return its name for people."""
        call = f", call {self.call + 1}" if self.call else ""
        return f"input of {self.module}{call}" if self.is_input else f"{self.module}{call}"


#: The tensors of a pass in the order in which they were recorded.
Trace = dict[Place, Tensor]


def trace(
    network: nn.Module, images: Tensor, modules: Callable[[str], bool] = bool
) -> tuple[Tensor, Trace]:
    """Run a network once and record its tensors.

    A tensor that a later layer changes in place is recorded as it is in the end.

    Args:
        network: the network.
        images: (B, C, H, W).
        modules: says by its name whether a module is recorded; the network itself, whose name is
            empty, is not.

    Returns:
        What the network returns, and the tensors. Of tuples, the first element counts.

    Raises:
        ConfigError: such a module is of TorchScript, which lets nothing be recorded.
    """
    recorder = _Recorder()
    handles = []
    try:
        for name, module in network.named_modules():
            if modules(name):
                if isinstance(module, torch.jit.ScriptModule):
                    raise ConfigError(
                        "model: TorchScript shows no feature maps; use the network of which it was "
                        "made"
                    )
                handles.append(module.register_forward_pre_hook(recorder.before(name)))
                handles.append(module.register_forward_hook(recorder.after(name)))
        with _uncompiled(network):
            output: Tensor = network(images)
    finally:
        for handle in handles:
            handle.remove()
    return output, recorder.found


def _uncompiled(network: nn.Module) -> AbstractContextManager[Any]:
    """Let the parts that torch.compile made run as written, as what it compiled calls no hooks."""
    compiled = "_orig_mod", "_compiled_call_impl"
    is_compiled = any(getattr(m, name, None) for m in network.modules() for name in compiled)
    return torch.compiler.set_stance("force_eager") if is_compiled else nullcontext()


class _Recorder:
    """The hooks of a pass, and the tensors that they record."""

    def __init__(self) -> None:
        self.found: Trace = {}
        self._calls: Counter[str] = Counter()

    def before(self, name: str) -> Callable[..., None]:
        return lambda _module, inputs: self._record(name, inputs, True)

    def after(self, name: str) -> Callable[..., None]:
        def hook(_module: nn.Module, _inputs: Any, output: Any) -> None:
            self._record(name, output, False)
            self._calls[name] += 1

        return hook

    def _record(self, name: str, value: Any, is_input: bool) -> None:
        tensor = value[0] if isinstance(value, tuple) and value else value
        if isinstance(tensor, Tensor):
            self.found[Place(name, self._calls[name], is_input)] = tensor
