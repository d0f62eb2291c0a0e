"""The functions of a stage by name; apart, so that reading it does not load CDK."""

DOORS = ("generate", "start", "status", "credits", "session", "openai", "meta", "authorize")
HANDS = ("prepare", "fetch", "attempt", "settle", "reconcile", "deliver", "post")
NAMES = DOORS + HANDS
