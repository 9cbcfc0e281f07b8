"""Run a caller's network: in evaluation mode, in its own type, and with its answers checked."""

import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from itertools import chain

import torch
from torch import Tensor, nn

from ssimball.errors import InputError, first_line
from ssimball.models.logits import logits_of
from ssimball.runtime.faults import lacks_memory

#: Holds threads back from a network whose mode another thread has changed and will restore.
_LOCKS: weakref.WeakKeyDictionary[nn.Module, threading.RLock] = weakref.WeakKeyDictionary()


@contextmanager
def own_device() -> Iterator[torch.device]:
    """Make new tensors on the CPU; yield the device of the caller's torch.set_default_device."""
    device = torch.get_default_device()
    # Torch calls a function for each of its own where a device is set.
    with nullcontext() if device.type == "cpu" else torch.device("cpu"):
        yield device


@contextmanager
def own_graph() -> Iterator[torch.device]:
    """Record gradients, whatever the caller's no_grad, inference_mode or autocast; then restore.

    Yields:
        The caller's default device, on which a network makes its tensors.
    """
    with (
        own_device() as device,
        torch.inference_mode(False),
        torch.enable_grad(),
        torch.autocast("cpu", enabled=False),
    ):
        if not torch.cuda.is_available():
            yield device
            return
        with torch.autocast("cuda", enabled=False):
            yield device


@contextmanager
def frozen(model: nn.Module) -> Iterator[None]:
    """Freeze a network in evaluation mode; afterwards every module and parameter is as before.

    In training mode, batch normalisation would mix the images of a batch and change its running
    statistics, and dropout would draw random numbers. Threads with the same network take turns.

    Raises:
        InputError: it is no network, or autograd cannot use its parameters.
    """
    _check_model(model)
    with _LOCKS.setdefault(model, threading.RLock()):
        # Modules of torch.jit.freeze have no mode.
        modes = {module: getattr(module, "training", False) for module in model.modules()}
        trained = [p for p in model.parameters() if p.requires_grad and p.is_leaf]
        try:
            with suppress(NotImplementedError):  # torch.export fixes the mode of what it makes
                model.eval()
            # So only the images have gradients, and a graph that does not reach them shows.
            for parameter in trained:
                parameter.requires_grad_(False)
            yield
        finally:
            for module, mode in modes.items():
                module.training = mode
            for parameter in trained:
                parameter.requires_grad_(True)


def _check_model(model: nn.Module) -> None:
    if not isinstance(model, nn.Module):
        kind = type(model).__name__
        raise InputError(f"model: expected a torch.nn.Module, got {kind}; wrap it in a module")
    parameters = [*model.parameters()]
    if any(nn.parameter.is_lazy(each) for each in parameters):
        raise InputError("model: its lazy layers have no weights yet; run it once on the images")
    if any(each.is_meta for each in parameters):
        raise InputError(
            "model: its weights are on the device meta, where they have no values; load them"
        )
    if any(each.is_inference() for each in parameters):
        raise InputError(
            "model: it was created inside torch.inference_mode, so it has no gradients; create or "
            "load it outside"
        )


class Network(nn.Module):
    """A caller's network; it gets its own type on its own device, whatever the images have.

    Attributes:
        clean_logits: the logits of the first call, (B, classes); None before.
    """

    clean_logits: Tensor | None

    def __init__(self, model: nn.Module, default: torch.device, **classes: Tensor | None) -> None:
        """Wrap a network.

        Args:
            model: in evaluation mode.
            default: device of the tensors that it makes without naming one.
            classes: int64 (B,) by the name of an argument, to be checked against the number of
                classes in the first call.
        """
        super().__init__()
        self.model = model
        self._default = default
        self.clean_logits = None
        self._classes = classes
        tensors = chain(model.parameters(), model.buffers())
        own = next((t for t in tensors if t.is_floating_point()), None)
        self._own = None if own is None else (own.device, own.dtype)

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits (B, classes), at least float32, on the device of the images.

        Raises:
            InputError: the network fails, or what it returns are not finite logits.
        """
        device, dtype = self._own or (images.device, torch.float32)
        # A copy, which layers that work in place may change.
        logits = self._call(images.to(device, dtype, copy=True))
        _check_logits(logits, images)
        if self.clean_logits is None:
            self._check_classes(logits.shape[1])
            self.clean_logits = logits.detach().to(images.device)
        logits = logits.to(images.device)
        return logits if logits.dtype == torch.float64 else logits.float()

    @torch.no_grad()
    def without_gradient(self, images: Tensor) -> Tensor:
        """Return the logits as :meth:`forward` does, without a graph for a gradient."""
        logits: Tensor = self(images)
        return logits

    def _call(self, images: Tensor) -> Tensor:
        try:
            with nullcontext() if self._default.type == "cpu" else self._default:
                logits: Tensor = logits_of(self.model(images))
        except Exception as error:  # any, from the caller's code
            if lacks_memory(error):
                raise
            reason = first_line(error)
            raise InputError(
                f"model: it fails on images of shape {tuple(images.shape)}, {images.dtype}: "
                f"{reason}"
            ) from error
        return logits

    def _check_classes(self, count: int) -> None:
        for name, classes in self._classes.items():
            if classes is not None and int(classes.max()) >= count:
                raise InputError(
                    f"{name}: {int(classes.max())} is not one of the model's classes 0 to "
                    f"{count - 1}"
                )


def _check_logits(logits: object, images: Tensor) -> None:
    expected = f"expected logits of shape ({len(images)}, classes)"
    if not isinstance(logits, Tensor):
        raise InputError(
            f"model: it returns {type(logits).__name__}, {expected}; wrap it in a module that "
            "returns the logits"
        )
    if logits.ndim != 2 or len(logits) != len(images) or logits.shape[1] < 2:
        raise InputError(
            f"model: it returns shape {tuple(logits.shape)}, {expected} with 2 or more classes"
        )
    finite = logits.detach().isfinite().all(1)
    if not bool(finite.all()):
        number = int((~finite).nonzero()[0])
        hint = "; try model.float()" if logits.dtype == torch.float16 else ""
        raise InputError(f"model: the logits of image {number} are NaN or infinite{hint}")
    if images.requires_grad and not logits.requires_grad:
        raise InputError(
            "model: its logits have no gradient; it must not detach, use NumPy or no_grad inside"
        )
