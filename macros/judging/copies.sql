{#
    Of several rows of one key, `file:line` of the one that is kept; NULL for the row that is kept itself.
    A row that its own contents already exclude never wins over one that they do not; then the file of
    the later period wins, then the file loaded later, then the row further down. A row without a key is
    the only one of its kind.
    Reads `_file_id`, `_line` and `period_start` of the relations it stands in.
#}
{% macro kept_instead(key, unusable) -%}
    nullif(
        first_value(concat(_file_id, ':', _line)) over (
            partition by coalesce({{ key }}, concat('no key ', _file_id, ':', _line))
            order by {{ unusable }}, period_start desc nulls last, _file_id desc, _line desc
        ),
        concat(_file_id, ':', _line)
    )
{%- endmacro %}
