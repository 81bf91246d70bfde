{#
    As dbt-postgres has it, but an array column is called by its type, `text[]`, where the original says
    `ARRAY`, which no cast understands: unit tests could not mock a relation with such a column.
#}
{% macro postgres__get_columns_in_relation(relation) -%}
    {% call statement('get_columns_in_relation', fetch_result=True) %}
        select
            column_name,
            case
                when data_type = 'ARRAY' then format_type((udt_schema || '.' || quote_ident(udt_name))::regtype, null)
                else data_type
            end as data_type,
            character_maximum_length,
            numeric_precision,
            numeric_scale
        from {{ relation.information_schema('columns') }}
        where
            table_name = '{{ relation.identifier }}'
            {%- if relation.schema %}
            and table_schema = '{{ relation.schema }}'
            {%- endif %}
        order by ordinal_position
    {% endcall %}
    {{ return(sql_convert_columns_in_relation(load_result('get_columns_in_relation').table)) }}
{%- endmacro %}
