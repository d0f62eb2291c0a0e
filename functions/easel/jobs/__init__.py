"""What a job is, where it is kept, and how callers see it.

It moves a job only along `model.ALLOWED`; who moves it when is `submission`'s, `execution`'s and `settlement`'s.
Begin with `model`, then `attempts` and `store`.
"""
