"""Give networks built with torch's symmetric padding TensorFlow's ``SAME`` padding."""

from torch import Tensor, nn
from torch.nn.functional import pad


def use_same_padding(network: nn.Module) -> None:
    """Make every strided convolution and max pooling of a network pad as TensorFlow does, in place.

    With stride 1 and odd windows the two conventions agree. With stride s and window k, ``SAME``
    adds ``max((ceil(n / s) - 1) s + k - n, 0)`` pixels to an axis of n pixels and puts the smaller
    half in front. torch adds the same number on both sides.
    """
    for parent in list(network.modules()):
        for name, layer in parent.named_children():
            if isinstance(layer, nn.Conv2d | nn.MaxPool2d) and max(_pair(layer.stride)) > 1:
                setattr(parent, name, _Same(layer))


def _pair(value: int | tuple[int, ...]) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (value[0], value[1])


class _Same(nn.Module):
    """A layer that pads its input by the ``SAME`` rule and then applies the wrapped layer."""

    def __init__(self, layer: nn.Conv2d | nn.MaxPool2d) -> None:
        super().__init__()
        self.kernel = _pair(layer.kernel_size)
        self.stride = _pair(layer.stride)
        self.dilation = _pair(layer.dilation)
        # Convolutions see zeros beyond the border. Max pooling must never pick a padded value.
        self.value = 0.0 if isinstance(layer, nn.Conv2d) else float("-inf")
        layer.padding = (0, 0)
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        pads: list[int] = []
        for axis in (1, 0):  # pad lists the last dimension first
            size, stride = x.shape[2 + axis], self.stride[axis]
            reach = self.dilation[axis] * (self.kernel[axis] - 1) + 1
            total = max((-(-size // stride) - 1) * stride + reach - size, 0)
            pads += [total // 2, total - total // 2]
        padded: Tensor = self.layer(pad(x, pads, value=self.value))
        return padded
