"""One module per foreign API; a foreign API's words stay in its file."""
