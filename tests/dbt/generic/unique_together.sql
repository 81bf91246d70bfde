{# Fails for every combination of values of the columns that several rows have. #}
{% test unique_together(model, columns) %}
{{ config(meta={
    'failure_means': 'Several rows have one ' ~ (columns | join(' and ')) ~ ', which is the key: joins and metrics count them more than once.',
}) }}

select
    {{ columns | join(', ') }},
    count(*) as rows_count
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1

{% endtest %}
