"""Columns of stored tables that several statistics read."""

from ssimball.overlap.metric import COLUMNS as METRIC

#: What became of an image under an attack.
OUTCOME = ("image_id", "status", "success")
#: A measured overlap and its null.
MEASURED = (*METRIC, "value", "null_value")
