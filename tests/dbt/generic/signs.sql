{#
    Warn of every value below nought, or at it. They warn and do not fail: one odd amount in a source must
    be seen, but not stop the build.
#}
{% test not_negative(model, column_name) %}
{{ config(severity='warn') }}

select {{ column_name }}
from {{ model }}
where {{ column_name }} < 0

{% endtest %}


{% test positive(model, column_name) %}
{{ config(severity='warn') }}

select {{ column_name }}
from {{ model }}
where {{ column_name }} <= 0

{% endtest %}
