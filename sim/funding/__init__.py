"""The lender's funding: contracts, books, ledger, forecast of liquidity, rating.

A contract is a way to borrow. It is declared in a file of its own (the one of today: `warehouse`), with a section of
the policy file in `terms` and an entry in `kinds`; the books hold a list of contracts and know none of them by name.
"""
