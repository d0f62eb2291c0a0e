"""`make mutants PACKAGE=credits`: small bugs put into a package, one at a time; its tests must notice each.

Why a tool of our own. mutmut 3.8 leaves out decorated functions, constants and the fields of classes, so no property
and no bound of a request would be tried; with `functions/` on the import path it finds no test for any mutant; and it
collects the tests anew for each. cosmic-ray 8.7 starts the whole test command for each mutant: an hour for a package.
Here the tests are collected and traced once; a mutant is a fork of that process, in which one function has other code,
and only the tests run that reach the changed statement.

What is changed (`mutations`): comparisons, conditions, arithmetic, numbers, texts that are no prose, truth values,
elements of tuples, lists and dictionaries, keyword arguments, statements that can be left out.

What is not: docstrings; type annotations, except the bounds that a call inside one states (`Field(ge=1)`); what is
logged; the wording of errors, descriptions and other prose (`places`). Such a change is seen by readers, not by a rule.

A survivor either gets a test or a reason in `listed.toml`: that no caller can tell it from the original.
"""
