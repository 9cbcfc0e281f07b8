"""MobileNetEdgeTPU (Howard and Gupta 2019, in TensorFlow's model garden).

Its first blocks are MobileNetV2's with one full 3 x 3 convolution in place of the expansion and the
depthwise convolution. Activations are ReLU.
"""

from dataclasses import dataclass

from torch import Tensor, nn


@dataclass(frozen=True)
class _Stage:
    """Blocks of one width.

    Attributes:
        channels: output channels.
        expansions: of each block, the factor by which it widens its input.
        stride: of the first block.
        kernel: side of the convolution's window.
        fused: whether expansion and depthwise convolution are one full convolution.
    """

    channels: int
    expansions: tuple[int, ...]
    stride: int
    kernel: int = 3
    fused: bool = False


_STAGES = (
    _Stage(32, (8, 4, 4, 4), 2, fused=True),
    _Stage(48, (8, 4, 4, 4), 2, fused=True),
    _Stage(96, (8, 4, 4, 4), 2),
    _Stage(96, (8, 4, 4, 4), 1),
    _Stage(160, (8, 4, 4, 4), 2, kernel=5),
    _Stage(192, (8,), 1),
)


class _Block(nn.Module):
    """An inverted residual block; only blocks after the first of a stage add their input."""

    def __init__(self, width: int, stage: _Stage, number: int) -> None:
        super().__init__()
        inner, kernel = width * stage.expansions[number], stage.kernel
        stride = 1 if number else stage.stride
        self.is_residual = number > 0
        if stage.fused:
            layers = [_convolution(width, inner, kernel, stride)]
        else:
            layers = [
                _convolution(width, inner, 1, 1),
                _convolution(inner, inner, kernel, stride, groups=inner),
            ]
        self.conv = nn.Sequential(*layers, _convolution(inner, stage.channels, 1, 1, relu=False))

    def forward(self, x: Tensor) -> Tensor:
        changed: Tensor = self.conv(x)
        return x + changed if self.is_residual else changed


class _Narrowing(nn.Module):
    """The first block, which only projects."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Sequential(_convolution(32, 16, 1, 1, relu=False))

    def forward(self, x: Tensor) -> Tensor:
        narrow: Tensor = self.conv(x)
        return narrow


class MobileNetEdgeTPU(nn.Module):
    """Inverted residual blocks, average pooling and one linear layer."""

    def __init__(self, num_classes: int) -> None:
        """Create the network of width 1.

        Args:
            num_classes: number of classes.
        """
        super().__init__()
        layers: list[nn.Module] = [_convolution(3, 32, 3, 2), _Narrowing()]
        width = 16
        for stage in _STAGES:
            for number in range(len(stage.expansions)):
                layers.append(_Block(width, stage, number))
                width = stage.channels
        self.features = nn.Sequential(*layers, _convolution(width, 1280, 1, 1))
        self.classifier = nn.Linear(1280, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits (B, classes) of normalised images (B, 3, H, W)."""
        logits: Tensor = self.classifier(self.features(images).mean((2, 3)))
        return logits


def _convolution(
    width: int, channels: int, kernel: int, stride: int, groups: int = 1, relu: bool = True
) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(width, channels, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(channels),
        *([nn.ReLU(inplace=True)] if relu else []),
    )


def mobilenet_edgetpu(num_classes: int) -> MobileNetEdgeTPU:
    """Return MobileNetEdgeTPU with random weights."""
    return MobileNetEdgeTPU(num_classes)
