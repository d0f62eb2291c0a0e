"""Which models there are, what they can do and cost, and how a request becomes an exact plan. Pure.

It does not know who asks, what they own, or whether a provider answers just now. Begin with `planning.plan`; the
models themselves are in `catalog.toml`, the presets in `features.toml`.
"""
