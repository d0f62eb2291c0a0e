"""Jobs as operators find, list, end and export them, and those of one owner.

What happens to a job is not here: the functions do it when they are told to. Begin with `by_id.py`.
"""
