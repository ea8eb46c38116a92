"""Who covers what: divisions of buildings into grids and of villages into units, near the proven bound."""
