"""Attacks: what strangers, browsers, tokens, pictures and wrong rights must not achieve."""
