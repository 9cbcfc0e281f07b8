"""The reference: the three models as cones, by MOSEK, Clarabel or SCS."""
