"""Every sentence that the application itself shows a person, in one place. The rules bring their own.

Each module holds the sentences of one place. For the worker beside the client: `answers`, `codes`, `conditions`,
`questions`, `pages`. For people who run or call the program: `commands`, `replies`, `setup`,
`imports`, `refusals`, `warnings` (what in a bundle its writer may not mean), `described` (around the page at `/docs`).

Only three sorts of sentences stand beside their code: the help of a command, which is its function's docstring; the
description of a field, a setting or an operation of the HTTP interface, problems included, which is part of its
declaration; and lines of the log.

`languages` holds the sentences in other languages, as catalogues; `translation` writes messages out by them. Names and
meanings of the words of closed lists stand with the words, in both languages (`service.vocabulary`).

Plain English for a tired reader at 2 a.m.: the facts, and what to do next. No blame, no leading question, and no
question that begins with "why". `tests/guards` reads every word.
"""
