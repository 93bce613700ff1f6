"""Ways to reach a host: on this machine (`local`) or from bytes captured earlier (`replay`)."""
