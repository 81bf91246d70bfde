{#
    Warns of every number outside of the range in which its column's numbers were when it was profiled, with slack: one
    test for all columns of a model, so that the rows are read once. `ranges` is a dictionary of columns and their lowest and
    highest usual number.
#}
{% test within_ranges(model, ranges) %}
{{ config(severity='warn', meta={
    'failure_means': 'Numbers are far outside of what there was before: a new unit, a shifted column, or news; they count as they are.',
}) }}

select
    ranged.column_name,
    ranged.value
from {{ model }} as checked
cross join
    lateral (
        values
        {% for column_name, bounds in ranges.items() -%}
        ('{{ column_name }}', checked.{{ column_name }}::numeric, {{ bounds[0] }}, {{ bounds[1] }}){% if not loop.last %},{% endif %}
        {% endfor %}
    ) as ranged (column_name, value, lowest, highest)
where ranged.value not between ranged.lowest and ranged.highest

{% endtest %}
