"""How much may be done, by whom, in a time: requests a minute, credits a day, the operator's budget, the kill switch.

What an owner has bought is `credits`'; who somebody is, `identity`'s. Begin with `rates.RateLimits` for callers and
`budget.Budget` for the operator's money.
"""
