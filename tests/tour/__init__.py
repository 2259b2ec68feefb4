"""A tour of the window: the whole workflow by pointer and keys, as numbered pictures."""
