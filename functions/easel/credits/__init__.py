"""An owner's credits: grants, holds, charges and the ledger that remembers every movement.

The rules in `balance` are pure, `model` says what they move, and `ledger` stores it. What a job is, and when it is
charged, is `settlement`'s. Begin with the docstring of `balance`.
"""
