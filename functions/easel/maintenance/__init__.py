"""What the schedule does every minute: finish jobs that stopped moving, and carry out erasures.

It has no rule of its own about money: it calls `settlement`. Begin with `reconcile.Reconcile`.
"""
