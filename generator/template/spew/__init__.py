"""Values shown with their Go types: nomad-pack's functions for debugging, davecgh/go-spew.

Two things of Go's show in it that are not otherwise held here. A list has a capacity: one of a
variable's has what Go's append left room for, any other is taken to have none to spare. What is
behind a pointer has an address, which no two runs share: it is refused unless it is left out.
"""
