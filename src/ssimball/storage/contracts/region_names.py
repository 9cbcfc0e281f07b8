"""Regions of an image whose disturbance is compared; names are stored."""

TOP_CAM, TOP_GRADIENT, TOP_TEXTURE = "top_cam", "top_gradient", "top_texture"
CENTRE, OTHER_CAM, BOTTOM_CAM, RANDOM = "centre", "other_cam", "bottom_cam", "random"
#: All cells but the top of the CAM, cells of which the object fills at least half, and all cells.
ALL_BUT_TOP_CAM, OBJECT, ALL = "all_but_top_cam", "object", "all"
#: Regions of equally many cells, in the order of tables.
EQUAL_REGIONS = (TOP_CAM, TOP_GRADIENT, TOP_TEXTURE, CENTRE, OTHER_CAM, RANDOM, BOTTOM_CAM)
#: All regions, in the order of tables.
REGIONS = (*EQUAL_REGIONS, OBJECT, ALL_BUT_TOP_CAM, ALL)
