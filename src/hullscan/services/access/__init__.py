"""Who is calling, how that is proven, and what they may do."""
