{#
    Warn of every value below nought, or at it. They warn and do not fail: one odd amount in a source must
    be seen, but not stop the build.
#}
{% test not_negative(model, column_name) %}
{{ config(severity='warn', meta={
    'failure_means': 'An amount in ' ~ column_name ~ ' is below nought: it counts as it is; look at the rows, ask the source.',
}) }}

select {{ column_name }}
from {{ model }}
where {{ column_name }} < 0

{% endtest %}


{% test positive(model, column_name) %}
{{ config(severity='warn', meta={
    'failure_means': 'An amount in ' ~ column_name ~ ' is nought or below: it counts as it is; look at the rows, ask the source.',
}) }}

select {{ column_name }}
from {{ model }}
where {{ column_name }} <= 0

{% endtest %}
