"""How commands that answer with a table or with JSON are told which."""

from enum import StrEnum
from typing import Annotated

import typer


class Form(StrEnum):
    """What is printed."""

    table = "table"
    json = "json"


AskedForm = Annotated[Form, typer.Option("--output", help="For people, or for programs")]
"""The option of every such command."""
