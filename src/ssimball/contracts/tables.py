"""All stored tables. docs/formats.md is generated from here."""

from ssimball.contracts.attacks import ATTACKS
from ssimball.contracts.causal import CAUSAL, CAUSAL_SUMMARY, CURVES, REFERENCE_CURVES
from ssimball.contracts.figures import FIGURES
from ssimball.contracts.images import CLASSES, CLEAN, SUBSET
from ssimball.contracts.maps import DISTORTION, EXPLANATIONS, EXPLANATIONS_ATTACKED, SSIM
from ssimball.contracts.overlap import COMPARISONS, OVERLAP, SUMMARY
from ssimball.contracts.sensitivity import SENSITIVITY, SENSITIVITY_OVERLAP

CONTRACTS = (
    *(SUBSET, CLASSES, CLEAN, ATTACKS, EXPLANATIONS, EXPLANATIONS_ATTACKED),
    *(SSIM, DISTORTION, OVERLAP, SUMMARY, COMPARISONS),
    *(CAUSAL, CURVES, REFERENCE_CURVES, CAUSAL_SUMMARY),
    *(SENSITIVITY_OVERLAP, SENSITIVITY),
    *FIGURES,
)
