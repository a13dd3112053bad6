"""The kinds of contract, and the lender's contracts as its policy file states them.

A new kind is a file beside `warehouse`, a section in `terms.Funding` that may be left out, and a line here. Cash rolls
over the contracts in the order of this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from sim.funding.contract import Contract, FundingMarket, Plain
from sim.funding.stack import DebtStack
from sim.funding.terms import Funding
from sim.funding.warehouse import WarehouseFacility


class Kind(Protocol):
    """A class of contracts: made at opening, or from a saved state."""

    def commit(self, name: str, terms: Any, principal: int) -> Contract:
        """A contract at opening, undrawn; principal: the loans that commitments are shares of."""

    def resume(self, name: str, terms: Any, saved: Mapping[str, Any]) -> Contract:
        """A contract as it was saved."""


KINDS: dict[str, Kind] = {"warehouse": WarehouseFacility}  # by section of `funding`


def _sections(funding: Funding) -> dict[str, Any]:
    """The contracts' sections that the policy file fills."""
    return {name: getattr(funding, name) for name in KINDS if getattr(funding, name) is not None}


def contracts_of(funding: Funding, principal: int) -> DebtStack:
    """The lender's contracts, undrawn; principal: opening gross loans, minor units."""
    return DebtStack(tuple(KINDS[name].commit(name, terms, principal) for name, terms in _sections(funding).items()))


def adopt(contracts: DebtStack, funding: Funding) -> None:
    """Let the contracts go by the terms of another policy."""
    terms = _sections(funding)
    for contract in contracts:
        contract.adopt(terms[contract.name])


def opening_spread(funding: Funding, market: FundingMarket) -> float:
    """Annual spread over the policy rate before anything is drawn."""
    return contracts_of(funding, 0).spread(market)


def saved(contracts: DebtStack) -> dict[str, dict[str, Plain]]:
    """The contracts' states by name, ready for JSON."""
    return {contract.name: contract.save() for contract in contracts}


def resumed(funding: Funding, states: Mapping[str, Mapping[str, Any]]) -> DebtStack:
    """The contracts as they were saved, under the terms of a policy file; KeyError where a state is missing."""
    return DebtStack(tuple(KINDS[name].resume(name, terms, states[name]) for name, terms in _sections(funding).items()))
