"""What is owed: an account's columns, what its contract asks, servicing, arrears, charge-off, recovery, booking."""
