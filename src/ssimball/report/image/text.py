"""Print the results of one image under attacks."""

from collections.abc import Iterator, Mapping, Sequence

from ssimball.overlap.metric import SPEARMAN_CAM, TOP_SHARE_CAM, Metric
from ssimball.report.image.interface import Attacked, Row, Single, ValueAndNull
from ssimball.storage.status import StatusKind, has_stored_image

Lines = Iterator[tuple[str, str]]
#: Width of the column of keys, in characters.
_KEY_WIDTH = 13
#: What the stored image is of the certified perturbation, by the column ``stored_as``.
_STORED = {
    "rounded": "its perturbation, rounded",
    "scaled": "its perturbation, scaled and rounded",
    "averaged": "an average of all steps' solutions, scaled and rounded",
}


def text(single: Single) -> str:
    """Return a block of lines for the image, and one for each attack."""
    blocks = [_clean(single)]
    blocks += [_attack(name, a, single.names) for name, a in single.attacks.items()]
    return "\n\n".join("\n".join(f"{key:{_KEY_WIDTH}}{value}" for key, value in b) for b in blocks)


def class_text(number: int, names: Sequence[str]) -> str:
    """Return the name of a class, where it has one, and its number."""
    name = names[number]
    return f"class {number}" if name == str(number) else f"{name} ({number})"


def _clean(single: Single) -> Lines:
    row = single.clean
    yield "image", row["image_id"]
    yield "label", class_text(row["label"], single.names)
    if row["status"] == "ok":
        predicted = class_text(row["predicted"], single.names)
        yield (
            "clean",
            f"{predicted}, probability {row['probability']:.3f}, {_margin(row['margin'])}",
        )
    else:
        yield "status", row["status"]
    if not single.exact_cam:
        yield "CAM", "Grad-CAM, not exact: the network is not linear in means of feature maps"
    yield from _sources(single.sources)


def _attack(name: str, attacked: Attacked, names: Sequence[str]) -> Lines:
    row = attacked.row
    yield "attack", name
    if row["status"] != StatusKind.ATTACKED:
        yield "status", row["status"]
    if has_stored_image(row["status"]):
        yield "fooled", "yes" if row["success"] else "no"
        if row["target"] is not None:
            yield "target", class_text(row["target"], names)
        yield "adversarial", f"{class_text(row['predicted'], names)}, {_margin(row['margin'])}"
        yield from _change(row)
        yield from _certificate(row)
        yield from _bracket(row)
        yield from _overlap(attacked.overlap)
    yield from _sources(attacked.sources)


def _margin(value: float) -> str:
    return f"margin of the label {value:+.3f}"


def _change(row: Row) -> Lines:
    yield "SSIM", f"mean {row['mean_ssim']:.5f}, smallest of any window {row['min_ssim']:.4f}"
    if row.get("matched") is False:
        yield "", "not the requested mean: no multiple of the perturbation has it"
    psnr = "none" if row["psnr"] is None else f"{row['psnr']:.2f} dB"
    largest = f"{255 * row['linf']:.0f}/255"
    yield "change", f"largest {largest}, l2 {row['l2']:.3f}, PSNR {psnr}"


def _certificate(row: Row) -> Lines:
    if row.get("primal") is None:
        return
    bounds = f"primal {row['primal']:.6g}, dual bound {row['dual']:.6g}, gap {row['gap']:.2e}"
    yield "certificate", f"{bounds} ({row['iterations']} iterations, stopped: {row['stopped']})"
    step = f"step {row['certified_step']} of {row['steps']}"
    covers = f"model {row['certified_model']}, boundary {row['certified_boundary']}, {step}"
    yield "", f"{covers}; stored image: {_STORED[row['stored_as']]}"
    if row.get("first_dual"):
        share = row["first_value"] / row["first_dual"]
        yield "", f"along the clean image's gradient: {share:.0%} of the bound for the first step"


def _bracket(row: Row) -> Lines:
    if row.get("bracket_ratio") is None:
        return
    bounds = f"from {row['bracket_lower']:.6g} to {row['bracket_upper']:.6g}"
    yield "bracket", f"optimum in the true SSIM ball {bounds}, ratio {row['bracket_ratio']:.5f}"


def _overlap(overlap: Mapping[Metric, ValueAndNull]) -> Lines:
    """Show the overlap with the CAM and, in brackets, with the CAMs of other images."""
    kinds = {
        SPEARMAN_CAM: ("overlap", "rank correlation of SSIM deficit and CAM", "+.2f"),
        TOP_SHARE_CAM: ("", "share of SSIM deficit in the CAM's top cells", ".2f"),
    }
    for metric, (key, description, form) in kinds.items():
        if metric in overlap:
            value, null = overlap[metric]
            other = "" if null is None else f" (other images' CAMs {null:{form}})"
            yield key, f"{description} {value:{form}}{other}"


def _sources(sources: Sequence[str]) -> Lines:
    for index, source in enumerate(sources):
        yield "" if index else "from", source
