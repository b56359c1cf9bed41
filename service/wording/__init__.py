"""Every sentence that the application itself shows a person, in one place. The rules bring their own.

Each module holds what stands in one place: in an answer, in a condition, in a question, on a page.
Plain English for someone tired at 2 a.m.: what is so and what to do next. No blame, nothing leading, and never a
question that begins with "why". `tests/guards` reads every word of it.
"""
