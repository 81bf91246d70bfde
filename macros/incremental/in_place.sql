{#
    Tables that are there and were made by the same code. `assay build` knows which these are, and says in the
    `meta` of the parsed model what columns they have. dbt's own way would look for relations of three names, ask
    twice whether the contract holds, make a table beside the old one, index and rename it, ask for its columns and
    comment on each of them; none of which can come to anything else than last time, and all of which takes longer
    than the rows do, where few have changed. Here a table is changed where it stands, by one statement for all: the
    hooks, what the model selects as a temporary table, and what that changes. Readers see the table as it was or as
    it is, and wait for nothing.
#}

{#
    The columns and types of the model's table, if it is one of these; nothing in a run of plain dbt. A table that is
    computed in full needs a unique index to tell its rows by.
#}
{% macro columns_there() -%}
    {%- set is_told_by_key = model.config.materialized == 'incremental' or key_of_unique_index() -%}
    {{ return(model.config.meta.get('columns_there') if is_told_by_key else none) }}
{%- endmacro %}


{# The columns of the model's first unique index; none where it has no such index. #}
{% macro key_of_unique_index() -%}
    {%- for index in model.config.get('indexes') or [] if index.unique -%}
        {{ return(index.columns) }}
    {%- endfor -%}
    {{ return([]) }}
{%- endmacro %}


{# The name of the temporary table of what the model selects. #}
{% macro rows_made() -%}
    made__{{ this.identifier }}
{%- endmacro %}


{# Run the model: its hooks, its rows into a temporary table, and `change`, which takes them into the model's own. #}
{% macro change_in_place(change) -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {%- call statement('main') -%}
    {{ hooks_inside(pre_hooks) }}
    create temporary table {{ rows_made() }} on commit drop as
    select
        {%- for name, data_type in columns_there().items() %}
        {{ adapter.quote(name) }}::{{ data_type }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        {{ sql }}
    ) as made;
    {{ change }}
    {{ hooks_inside(post_hooks) }}
    {%- endcall -%}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [this.incorporate(type='table')]}) }}
{%- endmacro %}


{# The hooks that run inside the model's transaction, one after the other. #}
{% macro hooks_inside(hooks) -%}
    {%- for hook in hooks | selectattr('transaction') -%}
        {%- set rendered = render(hook.get('sql')) | trim -%}
        {%- if rendered %}
    {{ rendered }};
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}


{#
    A change of a table that is computed in full: rows that are no more, or are not the same to the byte, go; rows
    that are not there come. Most of them stay as they are, in their indexes, too. `key` lists the columns of a
    unique index.
#}
{% macro rows_that_differ(key) -%}
    {%- set same_key -%}
        {%- for column in key -%}
        made.{{ adapter.quote(column) }} = built.{{ adapter.quote(column) }}{{ ' and ' if not loop.last }}
        {%- endfor -%}
    {%- endset -%}
    delete from {{ this }} as built
    where not exists (
        select
        from {{ rows_made() }} as made
        where {{ same_key }} and record_image_eq(row(made.*), row(built.*))
    );
    insert into {{ this }}
    select made.*
    from {{ rows_made() }} as made
    where not exists (select from {{ this }} as built where {{ same_key }});
{%- endmacro %}
