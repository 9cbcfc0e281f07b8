"""Where images come from: the demo scenes, a manifest of photographs, or ImageNet."""
