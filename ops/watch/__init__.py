"""A stage as operators watch it: what it costs and runs, its logs, its providers, what its prices would be.

What is wrong with it is not judged here: that is `ops.doctor`. Begin with `status.py`.
"""
