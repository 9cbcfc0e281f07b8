"""Roles of the classes, other than the true one, whose CAMs are compared with a distortion."""

RUNNER_UP, TOP_TEN, RANDOM, CLASS_MEAN = "runner_up", "top_ten", "random_class", "class_mean"
#: All roles, in the order of tables.
ROLES = (RUNNER_UP, TOP_TEN, RANDOM, CLASS_MEAN)
