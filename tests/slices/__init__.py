"""Slices of the proofs, small enough for every run of the tests, and the truth table on the double and on moto."""
