"""The guarded fetch over real sockets."""
