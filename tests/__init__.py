"""Easel's tests."""
