"""Global Analysis: depth for the whole picture, and depth that holds still over a shot."""
