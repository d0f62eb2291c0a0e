"""How a job ends: its verdict, its charge, and what goes back to whom; canceling and refunding.

It calls no provider. Begin with `settle.Settle`.
"""
