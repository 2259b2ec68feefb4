"""Depth for the whole picture: which networks there are, and what they say of a picture."""
