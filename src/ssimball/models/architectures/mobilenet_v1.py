"""MobileNetV1 (Howard et al. 2017, table 1), named ``...mobilenet_v1:mobilenet_v1``."""

from torch import Tensor, nn

#: Output channels and stride of each pair of a depthwise and a pointwise convolution.
_PAIRS = (
    *((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)),
    *((512, 1),) * 5,
    *((1024, 2), (1024, 1)),
)


class MobileNetV1(nn.Module):
    """Pairs of depthwise and pointwise convolutions, average pooling and one linear layer."""

    def __init__(self, num_classes: int) -> None:
        """Create the network of width 1.

        Args:
            num_classes: number of classes.
        """
        super().__init__()
        layers, width = [_convolution(3, 32, 3, 2)], 32
        for channels, stride in _PAIRS:
            depthwise = _convolution(width, width, 3, stride, groups=width)
            layers.append(nn.Sequential(depthwise, _convolution(width, channels, 1, 1)))
            width = channels
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Linear(width, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits (B, classes) of normalised images (B, 3, H, W)."""
        logits: Tensor = self.classifier(self.features(images).mean((2, 3)))
        return logits


def _convolution(
    width: int, channels: int, kernel: int, stride: int, groups: int = 1
) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(width, channels, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(channels),
        nn.ReLU6(inplace=True),
    )


def mobilenet_v1(num_classes: int) -> MobileNetV1:
    """Return MobileNetV1 with random weights."""
    return MobileNetV1(num_classes)
