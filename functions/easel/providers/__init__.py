"""One file per image API behind one small Protocol."""
