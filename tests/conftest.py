"""Puts the checkout on the path, so that every test finds tests.world and the like."""
