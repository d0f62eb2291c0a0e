"""AWS as Easel uses it, in memory and in virtual time, for proofs; what it claims is in `truth.py`."""
