"""Every sentence that the application itself shows a person, in one place. The rules bring their own.

Each module holds what stands in one place. For who sits beside the client: `answers`, `codes`, `conditions`,
`questions`, `pages`. For who runs or calls the program: `commands`, `replies`, `measured` (what `bench` says), `setup`,
`imports`, `refusals`, `surprises` (what a bundle may not mean), `terms` (what words mean), `described` (around the page
at `/docs`).

Beside their code stand only: what a command does, which is its function's docstring; what describes a field, a setting
or an operation of the HTTP interface, problems included, which is part of its declaration; and what goes to the log.

`spanish` says in Spanish what those sentences say, as data: an English sentence of an answer has an entry there.

Plain English for someone tired at 2 a.m.: what is so and what to do next. No blame, nothing leading, and never a
question that begins with "why". `tests/guards` reads every word of it.
"""
