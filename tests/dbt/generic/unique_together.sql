{# Fails for every combination of values of the columns that several rows have. #}
{% test unique_together(model, columns) %}
{{ config(meta={
    'failure_means': 'Several rows have one ' ~ (columns | join(' and ')) ~ ', which is the key: joins and metrics count them more than once.',
}) }}

select
    {{ columns | join(', ') }},
    count(*) as rows_count
from {{ model }}
-- An index tells all rows apart but those in which one of the columns is empty.
where
    not {{ is_unique_by_index(model, columns) }}
    or {{ columns | join(' is null or ') }} is null
group by {{ columns | join(', ') }}
having count(*) > 1

{% endtest %}
