"""The lender: products and prices, underwriting, collecting, costs."""
