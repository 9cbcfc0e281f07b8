"""Stored tables of the model randomisation test."""

from ssimball.storage.contracts.columns import IMAGE_ID, Column, Contract
from ssimball.storage.contracts.overlap import METRIC, OVERLAP, SUMMARY

_NETWORK = (
    Column("network", "string", "A network with random weights; null: the run's own.", True),
    Column("layers", "string", "Last layers with random weights, `0` to `all`."),
    Column("attack", "string", "Name of the attack in the configuration."),
)

RANDOMISED_OVERLAP = Contract(
    "randomised_overlap",
    "randomised_overlap.parquet",
    "one image, network and metric",
    (IMAGE_ID, *_NETWORK, *METRIC, *OVERLAP.columns[5:]),
)

RANDOMISED = Contract(
    "randomised",
    "randomised.parquet",
    "one network and quantity, over all images that it was attacked on",
    (*_NETWORK, *SUMMARY.columns[1:]),
)
