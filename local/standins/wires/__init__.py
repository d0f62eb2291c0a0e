"""One file per provider's wire, found by being here: paths, legal requests, answers, and how each fault looks."""
