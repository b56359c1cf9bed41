"""The application's sentences in Spanish, read from their English and written again.

Answers, problems and rules are worded once, in English. `in_spanish` reads an English text as a sequence of known
sentences, translates the content of their slots, and writes the text in Spanish; None where any part is unknown.
The sentences themselves are data: the YAML files of the folder, English first (`catalogue` describes the form).
"""

from service.wording.spanish.reading import in_spanish, names_in

__all__ = ["in_spanish", "names_in"]
