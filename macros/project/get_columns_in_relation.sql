{#
    As dbt-postgres has it, but from the catalog's own tables: `information_schema.columns` joins ten of them, which
    takes longer than most of what a small build does else. A column is called by its type, too, where that is an
    array or an extension's: the original says `ARRAY` or `USER-DEFINED`, which no cast understands, and unit tests
    could not mock a relation with such a column.
#}
{% macro postgres__get_columns_in_relation(relation) -%}
    {% call statement('get_columns_in_relation', fetch_result=True) %}
        select
            attname as column_name,
            format_type(atttypid, null) as data_type,
            information_schema._pg_char_max_length(atttypid, atttypmod) as character_maximum_length,
            information_schema._pg_numeric_precision(atttypid, atttypmod) as numeric_precision,
            information_schema._pg_numeric_scale(atttypid, atttypmod) as numeric_scale
        from pg_attribute
        inner join pg_class on pg_attribute.attrelid = pg_class.oid
        inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
        where
            relname = '{{ relation.identifier }}'
            {%- if relation.schema %}
            and nspname = '{{ relation.schema }}'
            {%- endif %}
            and relkind in ('r', 'v', 'm', 'f', 'p')
            and attnum > 0
            and not attisdropped
        order by attnum
    {% endcall %}
    {{ return(sql_convert_columns_in_relation(load_result('get_columns_in_relation').table)) }}
{%- endmacro %}
