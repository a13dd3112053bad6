"""The macro world: paths, shocks and tables become one row of conditions a month."""
