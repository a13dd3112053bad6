"""Runs, comparisons and stories: models put to use."""
