{#
    A model's descriptions become comments, all by one statement. dbt's own way asks twice what columns there are,
    once to warn of a description without a column and once more to leave that one out. Of a table or view made under
    contract it is known: dbt has just found that it has these columns and no others.
#}
{% macro postgres__persist_docs(relation, model, for_relation, for_columns) -%}
    {%- set comments = [] -%}
    {%- if for_relation and config.persist_relation_docs() and model.description -%}
        {%- do comments.append(alter_relation_comment(relation, model.description)) -%}
    {%- endif -%}
    {%- if for_columns and config.persist_column_docs() and model.columns -%}
        {%- set described = model.columns -%}
        {%- if not (model.config.contract.enforced and model.config.materialized in ['table', 'view']) -%}
            {%- set there = adapter.get_columns_in_relation(relation) | map(attribute='name') | list -%}
            {%- set described = validate_doc_columns(relation, described, there) -%}
        {%- endif -%}
        {%- do comments.append(alter_column_comment(relation, described)) -%}
    {%- endif -%}
    {%- if comments -%}
        {%- do run_query(comments | join('\n')) -%}
    {%- endif -%}
{%- endmacro %}


{# `column_dict` holds columns that are there. #}
{% macro postgres__alter_column_comment(relation, column_dict) -%}
    {%- for name, column in column_dict.items() %}
    comment on column {{ relation }}.{{ adapter.quote(name) if column.quote else name }}
    is {{ postgres_escape_comment(column.description) }};
    {%- endfor -%}
{%- endmacro %}
