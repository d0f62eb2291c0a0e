"""Servers on loopback that speak a provider's wire and draw a sketch instead of asking for money."""
