"""The panels of the window. A closed panel asks for nothing and costs nothing."""
