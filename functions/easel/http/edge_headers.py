"""The headers by which an edge proves itself to the doors and names the viewer; infra writes the same two."""

EDGE_HEADER = "easel-edge"  # lower case, as they are compared
VIEWER_HEADER = "easel-viewer"
