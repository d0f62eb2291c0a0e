"""The web edge: one way in for HTTP and commands, bodies read strictly, errors in one shape, the OpenAPI document.

It holds no rule about pictures or money. Begin with `door.Door`, of which every function in `functions/api` has one.
"""
