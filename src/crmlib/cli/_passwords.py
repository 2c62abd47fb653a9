"""Passwords of workbooks, from the environment: arguments are seen by others."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from crmlib.exceptions import InvalidParameterError

PasswordEnv = Annotated[
    str | None,
    typer.Option(
        "--password-env", help="Environment variable with the password of encrypted workbooks."
    ),
]


def read_password(variable: str | None) -> str | None:
    """Give what the environment holds under *variable*."""
    if variable is None:
        return None
    password = os.environ.get(variable)
    if not password:
        raise InvalidParameterError(
            "--password-env", variable, "the name of an environment variable that is set"
        )
    return password
