"""The reference solver: the three models as cone programs, by MOSEK, Clarabel or SCS."""
