"""Regions of an image whose disturbance is compared; names are stored."""

TOP_CAM, TOP_GRADIENT, TOP_TEXTURE = "top_cam", "top_gradient", "top_texture"
CENTRE, OTHER_CAM, BOTTOM_CAM, RANDOM = "centre", "other_cam", "bottom_cam", "random"
#: All cells.
ALL = "all"
#: All regions, in the order of tables.
REGIONS = (TOP_CAM, TOP_GRADIENT, TOP_TEXTURE, CENTRE, OTHER_CAM, RANDOM, BOTTOM_CAM, ALL)
