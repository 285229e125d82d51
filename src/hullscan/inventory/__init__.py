"""Packages seen per layer, stacked into the packages installed in the finished image."""
