"""What is not made here: the operator's words and thresholds, and the endpoint that scores texts and pictures.

`prompts` runs at the doors before anything is held; the worker's half, which looks at references and results, is
`execution.moderation`. Begin with `policy`, whose settings are in `moderation.toml`.
"""
