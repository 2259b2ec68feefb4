"""The window: a canvas, the picture in it, and the panels around it."""
