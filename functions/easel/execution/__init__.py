"""One attempt of a job: whom to ask, the calls, and what is stored of what came.

It never moves credits (`settlement` does) and never decides what a request means (`catalog` did). Begin with
`attempt`.
"""
