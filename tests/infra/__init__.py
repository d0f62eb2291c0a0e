"""What the template promises, without an account, a network or a deployment."""
