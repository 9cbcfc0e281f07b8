"""The list of all stored tables, from which docs/formats.md is generated."""

from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.causal import CAUSAL_SUMMARY, CURVES, REFERENCE_CURVES
from ssimball.storage.contracts.figures import FIGURES
from ssimball.storage.contracts.images import CLASSES, CLEAN, SUBSET
from ssimball.storage.contracts.maps import (
    CLASS_CAMS,
    DISTORTION,
    EXPLANATIONS,
    EXPLANATIONS_ATTACKED,
    REFERENCES,
    SSIM,
)
from ssimball.storage.contracts.networks import ACROSS, NETWORKS, TRANSFER, TRANSFER_BY_IMAGE
from ssimball.storage.contracts.overlap import COMPARISONS, OVERLAP, PRIMARY, SUMMARY
from ssimball.storage.contracts.randomised import RANDOMISED, RANDOMISED_OVERLAP
from ssimball.storage.contracts.region_noise import REGION_NOISE, REGION_NOISE_SUMMARY
from ssimball.storage.contracts.region_test import REGION_TEST, REGION_TEST_SUMMARY
from ssimball.storage.contracts.sensitivity import SENSITIVITY, SENSITIVITY_OVERLAP

#: Tables of a run.
CONTRACTS = (
    *(SUBSET, CLASSES, CLEAN, ATTACKS, EXPLANATIONS, EXPLANATIONS_ATTACKED),
    *(REFERENCES, CLASS_CAMS, SSIM, DISTORTION, OVERLAP, PRIMARY, SUMMARY, COMPARISONS),
    *(CURVES, REFERENCE_CURVES, CAUSAL_SUMMARY),
    *(REGION_NOISE, REGION_NOISE_SUMMARY, REGION_TEST, REGION_TEST_SUMMARY),
    *(RANDOMISED_OVERLAP, RANDOMISED),
    *(SENSITIVITY_OVERLAP, SENSITIVITY),
    *FIGURES,
)

#: Tables of a comparison of networks, in a folder of its own.
OF_NETWORKS = (NETWORKS, ACROSS, TRANSFER, TRANSFER_BY_IMAGE)
