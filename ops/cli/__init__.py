"""The command `easel`: its tree, the options that mean the same everywhere, how it answers and how it fails.

What a command does to a stage is not here: see the modules of `ops` named like it. Begin with `main.py`.
"""
