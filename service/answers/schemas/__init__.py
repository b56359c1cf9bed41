"""The documents of an answer, which writers build and the interface describes. An object may hold further keys."""
