"""Global Analysis: networks for depth, what they say of a picture, and how it is held still."""
