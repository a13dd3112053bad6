"""Measures computed from recorded state alone."""
