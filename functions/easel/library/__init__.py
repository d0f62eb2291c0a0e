"""What owners do with jobs that are made: star them, and show them to others by an address that ends.

It owns no rows: both stand on the job, and go with it. Begin with `share.Shares`.
"""
