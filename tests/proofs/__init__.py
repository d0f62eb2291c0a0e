"""Proofs: `make prove WHAT=name` runs one, prints its figures as JSON on the last line, and exits as they say."""
