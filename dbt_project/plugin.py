"""The dbt plugin: dbt makes one when it has read the project, before it opens a connection."""

from __future__ import annotations

import click
from dbt.config.runtime import UnsetCredentials
from dbt.plugins.manager import dbtPlugin
from dbt_common.exceptions import DbtRuntimeError

from dbt_project import postgres
from dbt_project.errors import DbtProjectError

PROJECT = "assay"


class AssayPlugin(dbtPlugin):  # type: ignore[misc]
    """Starts the embedded Postgres, for this project only."""

    def initialize(self) -> None:
        """Start the server when no other is configured, and point dbt and libpq at it.

        Commands that connect to nothing, such as `dbt deps` and `dbt clean`, start none.

        Raises:
            DbtRuntimeError: the server cannot be used; dbt prints the text as it is.
        """
        context = click.get_current_context(silent=True)
        profile = (context.obj or {}).get("profile") if context else None
        credentials = profile.credentials if profile is not None else None
        if self.project_name != PROJECT or isinstance(credentials, UnsetCredentials):
            return
        try:
            settings = postgres.export_settings()
        except DbtProjectError as error:
            # dbt drops the first line of this text.
            raise DbtRuntimeError(f"assay\n{error}\n{error.hint}") from error
        # dbt has rendered the profile by now, and hands an empty host to libpq as it is, which then
        # looks in its default folder: the socket's place has to go into the rendered credentials.
        if settings.embedded and credentials is not None and not credentials.host:
            credentials.host = settings.host
