"""Which attack methods look for a smallest perturbation that fools, see docs/attacks.md."""

#: By a distance of their own; those of all other methods are as large as their budget lets them be.
MINIMAL = frozenset(
    {
        *("deepfool", "ddn", "carlini_wagner", "ead", "hot_cold"),
        *("carlini_wagner_ssim", "str_attack"),
    }
)
