"""TensorFlow's ``SAME`` padding for networks built with torch's symmetric padding."""

from torch import Tensor, nn
from torch.nn.functional import pad


def use_same_padding(network: nn.Module) -> None:
    """Let every strided convolution and max pooling of ``network`` pad as TensorFlow does.

    Changes the network in place.

    With stride 1 and odd windows the two conventions agree. With a stride, ``SAME`` puts
    ``max((ceil(n / s) - 1) s + k - n, 0)`` pixels around a side of n pixels (window k, stride s),
    the smaller half in front; torch always puts the same number on both sides.
    """
    for parent in list(network.modules()):
        for name, layer in parent.named_children():
            if isinstance(layer, nn.Conv2d | nn.MaxPool2d) and max(_pair(layer.stride)) > 1:
                setattr(parent, name, _Same(layer))


def _pair(value: int | tuple[int, ...]) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (value[0], value[1])


class _Same(nn.Module):
    """Pads as ``SAME`` says, then applies the layer without padding."""

    def __init__(self, layer: nn.Conv2d | nn.MaxPool2d) -> None:
        super().__init__()
        self.kernel = _pair(layer.kernel_size)
        self.stride = _pair(layer.stride)
        self.dilation = _pair(layer.dilation)
        # Convolutions see zeros beyond the border; a maximum must never be taken there.
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
