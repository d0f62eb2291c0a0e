"""Who is asking: API keys, tokens of identity providers, session cookies, and the authorizer's signed word.

It says who a caller is and which scopes they hold; how much they may do is `limits`', what they own `credits`'.
Begin with `authentication`; what the rest of Easel sees is `callers.Caller`.
"""
