"""What `easel` can be told, a file a subject: reads the words, asks before it changes anything, shows what came of it.

What is done to a stage is not here, but in the module of `ops` of the same name. Begin with `tree.py`.
"""
