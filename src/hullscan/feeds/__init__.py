"""Side door: publishers of advisories; one module for each form in which they publish."""
