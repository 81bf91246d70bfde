{#
    Several rows of one key: which of them is kept. A row that its own contents already exclude never
    wins over one that they do not; then the file of the later period wins, then the file loaded later,
    then the row further down.
    Both macros read `_file_id`, `_line`, `period_start` and `is_unusable` of the relation they stand in.
    A row without a key is the only one of its kind.
#}

{% macro copies_of(key) -%}
    partition by coalesce({{ key }}, concat('no key ', _file_id, ':', _line))
        order by is_unusable, period_start desc nulls last, _file_id desc, _line desc
{%- endmacro %}


{# 1 for the row that is kept, 2 and more for the others. #}
{% macro copy_number(key) -%}
    row_number() over (
        {{ copies_of(key) }}
    )
{%- endmacro %}


{# `file:line` of the row that is kept. #}
{% macro kept_copy(key) -%}
    first_value(concat(_file_id, ':', _line)) over (
        {{ copies_of(key) }}
    )
{%- endmacro %}
