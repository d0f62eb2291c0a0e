"""Where settings become use cases: one module a subject, so that a function loads only what it needs.

No decision is taken here. Begin with `parts`, which every other module of this package takes.
"""
