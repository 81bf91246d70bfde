{#
    Hook: statistics for a table that was made now. The models behind it run at once, before autovacuum
    has looked at it, and a join planned without them may take minutes. One that is changed in place has those
    of last time.
#}
{% macro analyze_if_built_anew() -%}
    {%- set materialized = model.config.materialized -%}
    {%- if (materialized == 'table' and not columns_there()) or (materialized == 'incremental' and not works_on_changes()) -%}
    analyze {{ this }}
    {%- endif -%}
{%- endmacro %}
