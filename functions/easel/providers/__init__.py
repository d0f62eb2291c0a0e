"""Image APIs: one adapter a file behind one protocol, and what each provider can take just now.

An adapter knows its wire and its errors, and nothing of jobs or credits. Begin with `protocol`, then `registry`; how to
add one is in ADDING_PROVIDERS.md.
"""
