"""Mistakes in how a host uses the protocol, found in what passed between host and module.

Events and effects become moments (`conversation`), each rule looks at all of these (`rules`), and what it finds is a
finding (`search`). Nothing has to have gone wrong: most of these mistakes are harmless, until the day on which they
are not.
"""
