"""The interface as others read it: one OpenAPI document for machines, and the same as a page for people.

It adds nothing to what doors do and decides nothing: what it says of a route is declared where the route is.
Begin with `document.build`, which reads every door, and `docs_page.page`, which reads the document.
"""
