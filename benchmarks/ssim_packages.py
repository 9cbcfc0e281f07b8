"""The SSIM of other packages: their defaults, the call that gives this project's, and differences.

``make benchmark`` writes benchmarks/ssim_packages.md and benchmarks/ssim_packages.parquet. Packages
that are not installed are named in the page, without numbers; ``make test-adapters`` installs them
beside .venv, in build/other_libraries.
"""

from dataclasses import dataclass
from importlib import import_module, metadata
from pathlib import Path

import foolbox
import numpy as np
import torch
from common import Rows, write
from PIL import Image
from torch import Tensor

import ssimball
from ssimball.config.model import ModelConfig
from ssimball.models.classifier import load_classifier

#: Photographs that come with Foolbox, 512 x 512.
IMAGES = 10


@dataclass(frozen=True)
class Package:
    """A package, and what it takes to get this project's SSIM from it.

    ``same`` and ``default`` are expressions in ``f`` (the function), ``x`` and ``y`` (B, C, H, W);
    they give one value per image. Settings are those by default.
    """

    name: str
    function: str
    same: str
    default: str
    window: str
    border: str
    covariance: str = "population"
    data_range: str = "1"
    channels: str = "mean"
    gradient: str = "yes"

    def load(self) -> object:
        module, _, name = self.function.rpartition(".")
        return getattr(import_module(module), name)

    def values(self, expression: str, x: Tensor, y: Tensor) -> np.ndarray:
        """Evaluate an expression on images, (B,)."""
        found = eval(expression, {"f": self.load(), "x": x, "y": y, "np": np})
        return np.asarray(found, np.float64)


_SKIMAGE = "[f(a, b, {}data_range=1, channel_axis=0) for a, b in zip(x.numpy(), y.numpy())]"
PACKAGES = (
    Package(
        "scikit-image",
        "skimage.metrics.structural_similarity",
        _SKIMAGE.format("gaussian_weights=True, sigma=1.5, use_sample_covariance=False, "),
        _SKIMAGE.format(""),
        window="uniform, 7 x 7",
        border="mirrored, then cropped by half a window",
        covariance="sample (n - 1)",
        data_range="to be given for floats",
        gradient="an option of its own",
    ),
    Package(
        "pytorch-msssim",
        "pytorch_msssim.ssim",
        "f(x, y, data_range=1, size_average=False)",
        "f(x, y, size_average=False)",
        window="Gaussian, 11 x 11, 1.5",
        border="windows inside the image",
        data_range="255",
    ),
    Package(
        "piq",
        "piq.ssim",
        'f(x, y, downsample=False, reduction="none")',
        'f(x, y, reduction="none")',
        window="Gaussian, 11 x 11, 1.5",
        border="windows inside the image, which is averaged over squares from 384 pixels on",
    ),
    Package(
        "torchmetrics",
        "torchmetrics.functional.image.structural_similarity_index_measure",
        "f(x, y, data_range=1.0, reduction=None, return_full_image=True)[1][..., 5:-5, 5:-5]"
        ".mean((1, 2, 3))",
        "f(x, y, reduction=None)",
        window="Gaussian, 11 x 11, 1.5",
        border="mirrored; windows across it count",
        data_range="that of the data",
    ),
    Package(
        "kornia",
        "kornia.metrics.ssim",
        'f(x, y, 11, eps=0.0, padding="valid").mean((1, 2, 3))',
        "f(x, y, 11).mean((1, 2, 3))",
        window="Gaussian, size to be given, 1.5",
        border="mirrored; windows across it count",
        channels="a map for each",
    ),
    Package(
        "adv-lib",
        "adv_lib.distances.structural_similarity.compute_ssim",
        "f(x, y)",
        "f(x, y)",
        window="Gaussian, 11 x 11, 1.5",
        border="windows inside the image",
    ),
)


def attacked() -> tuple[Tensor, Tensor]:
    """Return photographs and their adversarial images at SSIM 0.99, float64."""
    folder = Path(str(foolbox.__file__)).parent / "data"
    paths = sorted(folder.glob("imagenet_*.jpg"))[:IMAGES]
    pictures = np.stack([np.asarray(Image.open(path).convert("RGB")) for path in paths])
    x = torch.from_numpy(pictures.transpose(0, 3, 1, 2) / 255)
    return x, ssimball.attack(load_classifier(ModelConfig()), x, ssim=0.99).images


def measured(package: Package, x: Tensor, y: Tensor) -> dict[str, object]:
    """Return the version of a package and its largest differences from this project's SSIM."""
    try:
        package.load()
    except ImportError:
        return {"version": "not installed"}
    ours = ssimball.ssim(x, y).numpy()

    def difference(expression: str, dtype: torch.dtype) -> str:
        values = package.values(expression, x.to(dtype), y.to(dtype))
        return f"{np.abs(values - ours).max():.1e}"

    return {
        "version": metadata.version(package.name),
        "this call": difference(package.same, torch.float64),
        "this call, single precision": difference(package.same, torch.float32),
        "by default": difference(package.default, torch.float64),
    }


def _settings(package: Package) -> dict[str, object]:
    return {
        "package": package.name,
        "window": package.window,
        "border": package.border,
        "covariance": package.covariance,
        "data range": package.data_range,
        "channels": package.channels,
        "gradient": package.gradient,
    }


def main() -> None:
    """Measure all packages and write the page."""
    x, y = attacked()
    ours = Package("ssimball", "", "", "", "Gaussian, 11 x 11, 1.5", "windows inside the image")
    settings: Rows = [_settings(package) for package in (ours, *PACKAGES)]
    calls: Rows = [
        {"package": p.name, "f": f"`{p.function}`", "call": f"`{p.same}`"} for p in PACKAGES
    ]
    differences: Rows = [{"package": p.name, **measured(p, x, y)} for p in PACKAGES]
    write(
        "ssim_packages",
        "The SSIM of other packages",
        {
            "Settings by default": settings,
            "The call that gives the SSIM of this project": calls,
            "Largest difference from the SSIM of this project": differences,
        },
        {
            "Settings by default": "All have K1 = 0.01 and K2 = 0.03, and the mean over windows.\n",
            "Largest difference from the SSIM of this project": (
                f"Over {IMAGES} photographs that come with Foolbox, {x.shape[2]} x {x.shape[3]}, "
                "attacked with the demo's network at SSIM 0.99, in double precision unless said "
                "otherwise.\n"
            ),
        },
    )


if __name__ == "__main__":
    main()
