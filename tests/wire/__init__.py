"""Providers and strangers over real sockets, through the real SDKs."""
