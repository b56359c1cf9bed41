"""What the application says, in Spanish: the same sentences, read from their English and written again.

Answers, problems and rules are worded once, in English. `in_spanish` reads such a text as a sequence of known
sentences, translates what fills their slots, and writes it in Spanish; None where any part is not known.
The sentences themselves are data: the YAML files of this folder, English first (`catalogue` says how they are written).
"""

from service.wording.spanish.reading import in_spanish, names_in

__all__ = ["in_spanish", "names_in"]
