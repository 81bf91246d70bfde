"""Who may do what: `assay_owner` loads and builds, `assay_reader` answers.

The statements are the same for the embedded server, for `assay init` on another one, and for the
script that `assay init --sql` prints where the user may not make roles.
"""

from __future__ import annotations

from collections.abc import Mapping

import psycopg
from psycopg import sql

OWNER = "assay_owner"
READER = "assay_reader"
SCHEMAS = ("raw", "staging", "intermediate", "marts", "quality", "knowledge")
READABLE = ("marts", "quality", "knowledge")

READER_LIMITS = {
    "default_transaction_read_only": "on",
    "statement_timeout": "30s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "60s",
}

# PUBLIC may call these by default; each writes, waits, signals or outlives the transaction.
CLOSED_TO_PUBLIC = (
    "pg_sleep", "pg_sleep_for", "pg_sleep_until", "pg_notify", "set_config",
    "pg_advisory_lock", "pg_advisory_lock_shared", "pg_advisory_xact_lock",
    "pg_advisory_xact_lock_shared", "pg_try_advisory_lock", "pg_try_advisory_lock_shared",
    "pg_try_advisory_xact_lock", "pg_try_advisory_xact_lock_shared",
    "pg_cancel_backend", "pg_terminate_backend", "pg_stat_get_activity",
    "lo_creat", "lo_create", "lo_from_bytea", "lo_put", "lo_open", "lowrite", "loread", "lo_get",
    "lo_import", "lo_export", "lo_unlink", "lo_truncate", "lo_truncate64",
    "query_to_xml", "query_to_xmlschema", "query_to_xml_and_xmlschema", "table_to_xml",
    "cursor_to_xml", "database_to_xml", "schema_to_xml",
    "pg_export_snapshot", "pg_logical_emit_message", "pg_current_xact_id", "txid_current",
)  # fmt: skip


def role_statements() -> list[sql.Composed]:
    """Statements that make the two roles where they are missing; they need CREATEROLE."""
    made = [_create_role(OWNER, "login"), _create_role(READER, "login noinherit")]
    limits = [
        sql.SQL("alter role {} set {} = {}").format(
            sql.Identifier(READER), sql.Identifier(name), sql.Literal(value)
        )
        for name, value in READER_LIMITS.items()
    ]
    return [*made, *limits]


def database_statements(owner: str = OWNER) -> list[sql.Composed]:
    """Statements, for the database's owner, that make the schemas and the reader's rights in them.

    Args:
        owner: the role whose future tables the reader may see.
    """
    statements = [
        sql.SQL("create extension if not exists vector").format(),
        sql.SQL("revoke create on schema public from public").format(),
    ]
    for name in SCHEMAS:
        statements.append(
            sql.SQL("create schema if not exists {} authorization {}").format(
                sql.Identifier(name), sql.Identifier(owner)
            )
        )
    for name in READABLE:
        parts = {
            "schema": sql.Identifier(name),
            "reader": sql.Identifier(READER),
            "owner": sql.Identifier(owner),
        }
        statements += [
            sql.SQL("grant usage on schema {schema} to {reader}").format(**parts),
            sql.SQL("grant select on all tables in schema {schema} to {reader}").format(**parts),
            sql.SQL(
                "alter default privileges for role {owner} in schema {schema} "
                "grant select on tables to {reader}"
            ).format(**parts),
        ]
    return statements


def create_roles(
    connection: psycopg.Connection, passwords: Mapping[str, str] | None = None
) -> None:
    """Make the roles, and give them passwords; needs CREATEROLE.

    Args:
        passwords: by role; the server gets only their SCRAM verifiers.
    """
    for statement in role_statements():
        connection.execute(statement)
    for name, password in (passwords or {}).items():
        verifier = connection.pgconn.encrypt_password(
            password.encode(), name.encode(), b"scram-sha-256"
        )
        connection.execute(
            sql.SQL("alter role {} password {}").format(
                sql.Identifier(name), sql.Literal(verifier.decode())
            )
        )


def join_roles(connection: psycopg.Connection, owner: str) -> None:
    """Let this user make what the owner shall own, and the owner answer as the reader.

    Needs the right to give these roles away, which who makes a role has.
    """
    names = {"owner": sql.Identifier(owner), "reader": sql.Identifier(READER)}
    texts = ["grant {reader} to {owner} with inherit false"]
    if owner != connection.info.user:
        texts.append("grant {owner} to current_user")
    for text in texts:
        connection.execute(sql.SQL(text).format(**names))


def create_database(connection: psycopg.Connection, name: str) -> None:
    """Make the database, owned by `assay_owner`, unless it is there."""
    if connection.execute("select from pg_database where datname = %s", [name]).rowcount == 0:
        connection.execute(
            sql.SQL("create database {} owner {}").format(
                sql.Identifier(name), sql.Identifier(OWNER)
            )
        )


def grant_database(connection: psycopg.Connection, owner: str = OWNER) -> None:
    """Make the schemas and the reader's rights; needs CREATE on the database."""
    for statement in database_statements(owner):
        connection.execute(statement)


def limit_database(connection: psycopg.Connection, owner: str = OWNER) -> None:
    """Say who may connect, write temporary tables and make schemas; needs the database's owner."""
    names = {"dbname": sql.Identifier(connection.info.dbname), "owner": sql.Identifier(owner)}
    for text in (
        "grant connect, temporary, create on database {dbname} to {owner}",
        "revoke temporary on database {dbname} from public",
    ):
        connection.execute(sql.SQL(text).format(**names))


def close_functions(connection: psycopg.Connection, owner: str = OWNER) -> None:
    """Take PUBLIC's right to functions that write, wait or signal; needs a superuser.

    Raises:
        psycopg.errors.InsufficientPrivilege: the user is none, as on RDS.
    """
    connection.execute(
        sql.SQL("alter role {} set temp_file_limit = '1GB'").format(sql.Identifier(READER))
    )
    connection.execute(_close_functions(owner))


def prepare_database(connection: psycopg.Connection, owner: str = OWNER) -> None:
    """`grant_database`, `limit_database` and `close_functions`."""
    grant_database(connection, owner)
    limit_database(connection, owner)
    close_functions(connection, owner)


def _close_functions(owner: str) -> sql.Composed:
    names = sql.SQL(", ").join(sql.Literal(name) for name in CLOSED_TO_PUBLIC)
    return sql.SQL(
        """
        do $$
        declare function_signature regprocedure;
        begin
            for function_signature in
                select oid from pg_proc
                where pronamespace = 'pg_catalog'::regnamespace and proname in ({names})
            loop
                execute format('revoke execute on function %s from public', function_signature);
                execute format('grant execute on function %s to %I', function_signature, {owner});
            end loop;
        end $$
        """
    ).format(names=names, owner=sql.Literal(owner))


def script(owner: str) -> str:
    """The statements as one script, for somebody who may run them.

    Args:
        owner: the role that will load and build.
    """
    parts = [*role_statements(), *database_statements(owner), _close_functions(owner)]
    return "\n".join(
        ["-- Run as a superuser, in the database that Assay will use."]
        + [" ".join(part.as_string(None).split()) + ";" for part in parts]
    )


def _create_role(name: str, options: str) -> sql.Composed:
    return sql.SQL(
        """
        do $$ begin
            if not exists (select from pg_roles where rolname = {literal}) then
                create role {name} {options};
            end if;
        end $$
        """
    ).format(literal=sql.Literal(name), name=sql.Identifier(name), options=sql.SQL(options))
