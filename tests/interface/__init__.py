"""The interface as others use it: examples of real answers, linters, and clients made of the document."""
