"""Who may call: accounts, their users, keys and credentials."""
