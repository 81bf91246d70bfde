{#
    dbt's own tests, each with what a failure means, in the words of this project: `meta` of the test, which
    `quality`, the proofs of answers and the docs site show. Who acts is said by folder, in dbt_project.yml.
#}
{% test not_null(model, column_name) %}
{{ config(meta={
    'failure_means': 'Rows have no ' ~ column_name ~ ', which all must have: what counts or joins by it leaves them out.',
}) }}

{{ default__test_not_null(model, column_name) }}

{% endtest %}


{% test unique(model, column_name) %}
{{ config(meta={
    'failure_means': 'Several rows have one ' ~ column_name ~ ', a key: joins and metrics count them more than once.',
}) }}

{#- What a unique index says need not be counted. -#}
select
    {{ column_name }} as unique_field,
    count(*) as n_records
from {{ model }}
where {{ column_name }} is not null and not {{ is_unique_by_index(model, [column_name]) }}
group by {{ column_name }}
having count(*) > 1

{% endtest %}


{% test relationships(model, column_name, to, field) %}
{{ config(meta={
    'failure_means': 'Rows point, by ' ~ column_name ~ ', to something that is not there: joins lose them.',
}) }}

{{ default__test_relationships(model, column_name, to, field) }}

{% endtest %}


{% test accepted_values(model, column_name, values, quote=True) %}
{{ config(meta={
    'failure_means': 'A source brings a word in ' ~ column_name ~ ' that the list lacks: add it, or ask the source.',
}) }}

{{ default__test_accepted_values(model, column_name, values, quote) }}

{% endtest %}
