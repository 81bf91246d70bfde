{#
    Whether the server itself keeps a relation's rows apart by these columns: a unique index over some of
    them, valid, checked row by row, over all rows and plain columns. A condition on nothing but the
    catalogue: where it holds, Postgres leaves out the scan that it guards. False for a subquery, a view
    and a table whose index is gone.
#}
{% macro is_unique_by_index(relation, columns) -%}
    {%- if relation is string -%}
    false
    {%- else -%}
    exists (
        select
        from pg_catalog.pg_index as keys
        where
            keys.indrelid = to_regclass('{{ relation }}')
            and keys.indisunique
            and keys.indisvalid
            and keys.indisready
            and keys.indislive
            and keys.indimmediate
            and keys.indpred is null
            and keys.indexprs is null
            and array(
                select attributes.attname::text
                from pg_catalog.pg_attribute as attributes
                where
                    attributes.attrelid = keys.indrelid
                    -- Columns past the key's are only carried along.
                    and attributes.attnum = any((keys.indkey::smallint[])[0:keys.indnkeyatts - 1])
            ) <@ array['{{ columns | join("', '") }}']
    )
    {%- endif -%}
{%- endmacro %}
