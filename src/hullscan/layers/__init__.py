"""A layer made readable: inflated, its tar read safely, whiteouts and links kept, wanted files handed on."""
