"""A model of AWS with virtual time and faults at every call, and the proofs that run on it."""
