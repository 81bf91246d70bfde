{# The codes of the rules that a row breaks, as text[]; empty when it breaks none. #}
{% macro issue_codes(checks) -%}
    {{ adapter.dispatch('issue_codes', 'assay')(checks) }}
{%- endmacro %}

{% macro postgres__issue_codes(checks) -%}
    array_remove(array[
        {% for code, condition in checks -%}
        case when {{ condition }} then '{{ code }}' end
        {%- if not loop.last %},{% endif %}
        {% endfor -%}
    ], null)::text[]
{%- endmacro %}


{# Whether a source gave a value that could not be read. Never NULL; the reason code's condition for every typed column. #}
{% macro is_unreadable(raw, value, nulls=none) -%}
    ({{ is_given(raw, nulls) }} and {{ value }} is null)
{%- endmacro %}


{#
    Those of a row's codes that exclude it, as the list of rules says, in the list's order. The list is a seed: `rules`, or
    `own_rules` of your own tables. It is read once a query. Nothing else in the project knows which rules exclude.
#}
{% macro excluding_rules(entity, issues, list='rules') -%}
    {{ adapter.dispatch('excluding_rules', 'assay')(entity, issues, list) }}
{%- endmacro %}

{% macro postgres__excluding_rules(entity, issues, list='rules') -%}
    array(
        select listed.code
        from {{ ref(list) }} as listed
        where
            listed.entity = '{{ entity }}'
            and listed.severity = 'exclude'
            and listed.code = any({{ issues }})
        order by listed.priority
    )
{%- endmacro %}


{# Whether a row's codes exclude it. #}
{% macro is_excluded(entity, issues, list='rules') -%}
    (
        {{ issues }} && array(
            select listed.code
            from {{ ref(list) }} as listed
            where listed.entity = '{{ entity }}' and listed.severity = 'exclude'
        )
    )
{%- endmacro %}
