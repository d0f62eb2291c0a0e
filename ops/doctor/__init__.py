"""`easel doctor`: whether a stage will work before it is deployed, and whether it does afterwards.

A check reads facts (`facts.py`, by `reader.py`) and judges them: the judging is pure. Begin with `run.py`.
"""
