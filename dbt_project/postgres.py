"""Which Postgres is used, and connections to it.

The settings are libpq's own (`PGHOST PGPORT PGDATABASE PGUSER PGPASSWORD PGSSLMODE`, or a service).
With none of them set it is the embedded server in `ASSAY_HOME` (default: `.assay` in the project).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import psycopg
from psycopg.conninfo import make_conninfo

from dbt_project import roles
from dbt_project.embedded import PORT, SUPERUSER, EmbeddedServer
from dbt_project.errors import ConfigurationError, ServerRefused, mapped

DATABASE = "assay"
OWNER = roles.OWNER
READER = roles.READER

Role = Literal["owner", "reader"]


@dataclass(frozen=True)
class Settings:
    """Where the database is.

    Attributes:
        host: a host name, or the folder of a Unix socket.
        port: TCP port, or the number in the socket's name.
        dbname: database.
        user: the role that loads and builds.
        embedded: whether this is Assay's own server.
    """

    host: str
    port: int
    dbname: str
    user: str
    embedded: bool

    def __str__(self) -> str:
        place = f"{self.host}:{self.port}" if not self.host.startswith("/") else self.host
        return f"{'embedded Postgres at ' if self.embedded else ''}{place}, database {self.dbname}"


def project_root() -> Path:
    """The folder with `dbt_project.yml`: this one, one above it, or the installed checkout.

    Raises:
        ConfigurationError: there is none.
    """
    here = Path.cwd()
    for folder in (here, *here.parents, Path(__file__).resolve().parent.parent):
        if (folder / "dbt_project.yml").is_file():
            return folder
    raise ConfigurationError(
        "no dbt_project.yml here or above",
        where=str(here),
        hint="change into the Assay checkout",
    )


def home() -> Path:
    """The folder that holds what Assay keeps between commands: `ASSAY_HOME`, else `.assay`."""
    configured = os.environ.get("ASSAY_HOME")
    return Path(configured).expanduser().resolve() if configured else project_root() / ".assay"


def embedded_server() -> EmbeddedServer:
    """This checkout's embedded server, running or not."""
    return EmbeddedServer.at(home() / "pg")


def uses_embedded() -> bool:
    """Whether the environment names no other server."""
    if os.environ.get("PGSERVICE") or os.environ.get("PGHOSTADDR"):
        return False
    host = os.environ.get("PGHOST", "")
    # A child process inherits the socket folder that its parent exported.
    return not host or host == str(embedded_server().socket_dir)


def settings() -> Settings:
    """The server in use; the embedded one is made and started first when it is meant.

    Raises:
        EmbeddedServerError: the embedded server cannot be made or started.
    """
    if not uses_embedded():
        return Settings(
            host=os.environ.get("PGHOST") or os.environ.get("PGHOSTADDR") or "(service)",
            port=int(os.environ.get("PGPORT", "5432")),
            dbname=os.environ.get("PGDATABASE", DATABASE),
            user=os.environ.get("PGUSER", OWNER),
            embedded=False,
        )
    server = embedded_server()
    started = server.ensure()
    dbname = os.environ.get("PGDATABASE", DATABASE)
    ready = server.data / "assay.ready"
    if started or not ready.exists():
        _prepare(server, ready)
    return Settings(str(server.socket_dir), PORT, dbname, os.environ.get("PGUSER", OWNER), True)


def export_settings() -> Settings:
    """As `settings`, and set libpq's variables for this process and its children.

    Raises:
        EmbeddedServerError: the embedded server cannot be made or started.
    """
    found = settings()
    if found.embedded:
        os.environ["PGHOST"] = found.host
        os.environ["PGPORT"] = str(found.port)
        os.environ["PGUSER"] = found.user
        os.environ["PGDATABASE"] = found.dbname
    return found


def connect(
    role: Role = "owner", *, autocommit: bool = False, application_name: str = "assay"
) -> psycopg.Connection:
    """Open a connection.

    Args:
        role: `owner` loads and builds; `reader` may only select from marts, quality and knowledge.
        autocommit: as psycopg's.
        application_name: what `pg_stat_activity` shows.

    Raises:
        ServerUnavailable: the server does not answer.
        ServerRefused: it answers and refuses the login.
    """
    found = settings()
    parameters: dict[str, str | int] = {
        "application_name": application_name,
        "connect_timeout": 10,
    }
    if found.embedded:
        parameters |= {"host": found.host, "port": found.port}
    parameters |= {"dbname": found.dbname, "user": found.user}
    if role == "reader":
        parameters |= _reader_login(found)
    with mapped(str(found)):
        return psycopg.connect(make_conninfo("", **parameters), autocommit=autocommit)


def initialise(owner: str | None = None) -> list[str]:
    """Make roles, schemas and rights in the configured server, as far as this user may.

    The passwords in `ASSAY_OWNER_PASSWORD` and `ASSAY_READER_PASSWORD` become those of the roles.

    Args:
        owner: the role that will load and build; this user if not given.

    Returns:
        What was done and what was left to somebody with more rights, a line each.

    Raises:
        ServerUnavailable: the server does not answer.
        ServerRefused: the login fails, or the user may not even make the schemas.
    """
    found = settings()
    if found.embedded:
        server = embedded_server()
        _prepare(server, server.data / "assay.ready")
        return [f"ready: {found}"]
    done = []
    owner = owner or found.user
    passwords = {
        role: given
        for role, name in ((OWNER, "ASSAY_OWNER_PASSWORD"), (READER, "ASSAY_READER_PASSWORD"))
        if (given := os.environ.get(name))
    }
    with connect(autocommit=True) as connection, mapped(str(found)):
        version = connection.info.server_version
        if version < 160000:
            raise ServerRefused(
                f"PostgreSQL {version // 10000} is too old",
                where=str(found),
                hint="use 16 or newer",
            )
        for name, step in (
            ("roles", partial(roles.create_roles, passwords=passwords)),
            ("who may act as whom", partial(roles.join_roles, owner=owner)),
            ("schemas and the reader's rights", partial(roles.grant_database, owner=owner)),
            ("the database's own rights", partial(roles.limit_database, owner=owner)),
            ("PUBLIC's dangerous functions closed", partial(roles.close_functions, owner=owner)),
        ):
            try:
                step(connection)
                done.append(f"done: {name}")
            except psycopg.errors.InsufficientPrivilege as error:
                done.append(
                    f"not done: {name} ({str(error).splitlines()[0]}); "
                    "`assay init --sql` prints the statements"
                )
    return done


def _reader_login(found: Settings) -> dict[str, str | int]:
    if found.embedded:
        return {"user": READER}
    password = os.environ.get("ASSAY_READER_PASSWORD")
    if password:
        return {"user": READER, "password": password}
    return {"options": f"-c role={READER}"}


def _prepare(server: EmbeddedServer, ready: Path) -> None:
    """Make the database, the roles and the schemas; every step may be repeated."""
    host = str(server.socket_dir)

    def superuser(dbname: str) -> psycopg.Connection:
        return psycopg.connect(host=host, port=PORT, user=SUPERUSER, dbname=dbname, autocommit=True)

    with mapped(f"embedded Postgres at {host}"), superuser("postgres") as outside:
        outside.execute("select pg_advisory_lock(hashtext('assay.prepare'))")
        roles.create_roles(outside)
        roles.create_database(outside, DATABASE)
        with superuser(DATABASE) as inside:
            roles.prepare_database(inside)
    ready.touch()
