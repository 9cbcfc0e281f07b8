"""Data sets: generated demo scenes, a manifest of photographs, or ImageNet."""
