{#
    A table or view that is made anew. dbt renames what stands there, what it has made beside it, and drops the one
    that it renamed: each step a statement of its own, with a second transaction for the last. Here they are one
    statement: what is made beside, its indexes, and that it takes the place of what stands. Readers see the one or
    the other, and no half of it is left behind by a build that is killed.

    `target` says of what kind the model's relation is to be.
#}
{% macro make_anew(target) -%}
    {%- set standing = load_cached_relation(this) -%}
    {%- set beside = make_intermediate_relation(target) -%}
    {{ drop_relation_if_exists(load_cached_relation(beside)) }}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- call statement('main') -%}
    {%- if target.is_view -%}
    {{ get_create_view_as_sql(beside, sql) }}
    {%- else -%}
    {{ get_create_table_as_sql(False, beside, sql) }}
    {%- for index in config.get('indexes', default=[]) %}
    {{ get_create_index_sql(beside, index) }};
    {%- endfor -%}
    {%- endif -%}
    {%- if standing %}
    {{ get_drop_sql(standing) }};
    {%- endif %}
    alter {{ target.type }} {{ beside }} rename to {{ adapter.quote_as_configured(this.identifier, 'identifier') }};
    {{ hooks_inside(post_hooks) }}
    {%- endcall -%}
    {%- if standing -%}
        {%- do adapter.cache_dropped(standing) -%}
    {%- endif -%}
    {%- do apply_grants(target, config.get('grants'), should_revoke=False) -%}
    {%- do persist_docs(target, model) -%}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target]}) }}
{%- endmacro %}
