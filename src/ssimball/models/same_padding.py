"""Give networks built with torch's symmetric padding TensorFlow's ``SAME`` padding."""

from itertools import chain

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, pad

_Layer = nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d


def use_same_padding(network: nn.Module) -> None:
    """Make every convolution and pooling of a network pad as TensorFlow does, in place.

    With stride s and window k, ``SAME`` adds ``max((ceil(n / s) - 1) s + k - n, 0)`` pixels to an
    axis of n pixels and puts the smaller half in front. torch adds the same number on both sides.
    With stride 1 and odd windows the two agree, and a layer of stride 1 without padding is
    TensorFlow's ``VALID``; such layers stay as they are. So do timm's layers that pad in this way.
    """
    for parent in list(network.modules()):
        for name, layer in parent.named_children():
            # Of timm's own, such as Conv2dSame, the names end so.
            pads_itself = type(layer).__name__.endswith("Same")
            if isinstance(layer, _Layer) and not pads_itself and _differs(layer):
                setattr(parent, name, _Same(layer))


def _differs(layer: _Layer) -> bool:
    """Return whether a layer's padding can differ from ``SAME``, unless it has none on purpose."""
    if max(_pair(layer.stride)) > 1:
        return True
    # torch's own padding "same" is TensorFlow's at stride 1.
    if isinstance(layer.padding, str) or not any(_pair(layer.padding)):
        return False
    return any(reach % 2 == 0 for reach in _reach(layer))


def _pair(value: int | tuple[int, ...]) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (value[0], value[1])


def _reach(layer: _Layer) -> tuple[int, int]:
    """Return the height and width that a window spans."""
    dilation = _pair(getattr(layer, "dilation", 1))
    kernel = _pair(layer.kernel_size)
    return dilation[0] * (kernel[0] - 1) + 1, dilation[1] * (kernel[1] - 1) + 1


class _Same(nn.Module):
    """A layer that pads its input by the ``SAME`` rule and then applies the wrapped layer."""

    def __init__(self, layer: _Layer) -> None:
        super().__init__()
        self.reach, self.stride = _reach(layer), _pair(layer.stride)
        # Convolutions see zeros beyond the border. Max pooling must never pick a padded value.
        self.value = float("-inf") if isinstance(layer, nn.MaxPool2d) else 0.0
        layer.padding = (0, 0)
        if not isinstance(layer, nn.Conv2d):
            layer.ceil_mode = False
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        # pad lists the last dimension first.
        pads = list(chain.from_iterable(self._pads(x.shape[2 + axis], axis) for axis in (1, 0)))
        padded: Tensor = self.layer(pad(x, pads, value=self.value))
        if not isinstance(self.layer, nn.AvgPool2d):
            return padded
        # TensorFlow's means do not count padded values.
        inside = pad(torch.ones_like(x[:1, :1]), pads)
        return padded / avg_pool2d(inside, self.layer.kernel_size, self.layer.stride)

    def _pads(self, size: int, axis: int) -> tuple[int, int]:
        stride = self.stride[axis]
        total = max((-(-size // stride) - 1) * stride + self.reach[axis] - size, 0)
        return total // 2, total - total // 2
