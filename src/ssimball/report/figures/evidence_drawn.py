"""The figures of the answer by name, each drawn from its rows."""

from collections.abc import Callable, Mapping, Sequence

from matplotlib.figure import Figure

from ssimball.config.stages.figures import FigureEvidenceStage
from ssimball.report.figures.by_image import by_image_figure
from ssimball.report.figures.directions import directions_figure
from ssimball.report.figures.evidence import evidence_figure
from ssimball.report.figures.networks import networks_figure
from ssimball.report.figures.overview import CLASSES, OVERVIEW, line_panels
from ssimball.report.figures.style import Row


def _directions(rows: Sequence[Row], stage: FigureEvidenceStage) -> Figure:
    names = {direction: stage.display_name(attack) for direction, attack in stage.directions}
    return directions_figure(rows, confidence=stage.confidence, directions=names)


#: By figure, the function that draws it from the rows of its table and the stage.
DRAW: Mapping[str, Callable[[Sequence[Row], FigureEvidenceStage], Figure]] = {
    "evidence": lambda rows, stage: evidence_figure(rows, confidence=stage.confidence),
    "overview": lambda rows, stage: line_panels(rows, OVERVIEW, confidence=stage.confidence),
    "by_image": lambda rows, stage: by_image_figure(rows, confidence=stage.confidence),
    "directions": _directions,
    "classes": lambda rows, stage: line_panels(rows, CLASSES, confidence=stage.confidence),
    "networks": lambda rows, stage: networks_figure(rows, confidence=stage.confidence),
}
