"""The web edge: one way in for HTTP and commands, bodies read strictly, errors in one shape.

It holds no rule about pictures or money, and how others read the interface is `openapi`'s. Begin with `door.Door`, of
which every function in `functions/api` has one.
"""
