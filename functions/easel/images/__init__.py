"""Pixels: what callers send is decoded, cleaned and encoded again; what providers make is examined.

This is the one package that imports Pillow, so doors must not import it. Begin with `sanitize`.
"""
