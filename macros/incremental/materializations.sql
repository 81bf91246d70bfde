{#
    How a table is made: where it stands, if it can be changed there (see `in_place.sql`), else as dbt does it. In a
    file of their own, because the SQL linter does not know this kind of block.
#}

{% materialization table, adapter='postgres' -%}
    {%- if columns_there() -%}
        {{ return(change_in_place(rows_that_differ(key_of_unique_index()))) }}
    {%- else -%}
        {{ return(dbt.materialization_table_default()) }}
    {%- endif -%}
{%- endmaterialization %}


{% materialization incremental, adapter='postgres' -%}
    {%- if columns_there() -%}
        {%- set strategy = adapter.get_incremental_strategy_macro(context, config.get('incremental_strategy') or 'default') -%}
        {%- set columns = [] -%}
        {%- for name, data_type in columns_there().items() -%}
            {%- do columns.append(api.Column.create(name, data_type)) -%}
        {%- endfor -%}
        {{ return(change_in_place(strategy({
            'target_relation': this,
            'temp_relation': rows_made(),
            'unique_key': config.get('unique_key'),
            'dest_columns': columns,
            'incremental_predicates': config.get('incremental_predicates'),
        }))) }}
    {%- else -%}
        {{ return(dbt.materialization_incremental_default()) }}
    {%- endif -%}
{%- endmaterialization %}
