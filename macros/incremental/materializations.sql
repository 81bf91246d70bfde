{#
    How a model's relation is made: a table where it stands, if it can be changed there (see `in_place.sql`), else
    anew (see `anew.sql`). Plain dbt changes incremental tables in its own way. In a file of their own, because the
    SQL linter does not know this kind of block.
#}

{% materialization view, adapter='postgres' -%}
    {{ return(make_anew(this.incorporate(type='view'))) }}
{%- endmaterialization %}


{% materialization table, adapter='postgres' -%}
    {%- if columns_there() -%}
        {{ return(change_in_place(rows_that_differ(key_of_unique_index()))) }}
    {%- else -%}
        {{ return(make_anew(this.incorporate(type='table'))) }}
    {%- endif -%}
{%- endmaterialization %}


{% materialization incremental, adapter='postgres' -%}
    {%- set standing = load_cached_relation(this) -%}
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
    {%- elif standing is none or standing.is_view or should_full_refresh() -%}
        {{ return(make_anew(this.incorporate(type='table'))) }}
    {%- else -%}
        {{ return(dbt.materialization_incremental_default()) }}
    {%- endif -%}
{%- endmaterialization %}
