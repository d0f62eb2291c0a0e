"""OpenAI's image routes in front of our jobs: their fields become a job's, a job's end becomes their answer.

It holds no rule about credits, limits or models: those are the use cases', which every door calls. Begin with
`translate`.
"""
