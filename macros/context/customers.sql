{# What a customer's history says about them. NULL in, NULL out. #}

{# Five for the best fifth, one for the last. `order` is an ORDER BY from the worst to the best. #}
{% macro fifth(order) -%}
    ntile(5) over (order by {{ order }})
{%- endmacro %}


{#
    The stage of a customer's life, from the number of orders and two gaps in days: since the last
    order, and the usual one between their orders (NULL of a customer with one order, who is judged by
    `default_gap`).
    Somebody who has waited longer than twice the usual gap is slipping; longer than four times, lost.
#}
{% macro lifecycle_stage(orders, days_since_last, usual_gap, default_gap) -%}
    case
        when {{ orders }} is null then null
        when {{ orders }} = 0 then 'prospect'
        when {{ days_since_last }} > 4 * coalesce({{ usual_gap }}, {{ default_gap }}) then 'lost'
        when {{ days_since_last }} > 2 * coalesce({{ usual_gap }}, {{ default_gap }}) then 'slipping'
        when {{ orders }} = 1 then 'new'
        when {{ orders }} >= 5 then 'loyal'
        else 'active'
    end
{%- endmacro %}


{#
    How likely it is that a customer does not come back, by a rule that can be read: one point for each
    true condition, and two for `overdue`. Three points and more are high, two medium, fewer low.
#}
{% macro churn_risk(overdue, unhappy, returns_much, bought_once) -%}
    case
        when
            2 * ({{ overdue }})::integer + ({{ unhappy }})::integer + ({{ returns_much }})::integer
            + ({{ bought_once }})::integer >= 3
            then 'high'
        when
            2 * ({{ overdue }})::integer + ({{ unhappy }})::integer + ({{ returns_much }})::integer
            + ({{ bought_once }})::integer = 2
            then 'medium'
        else 'low'
    end
{%- endmacro %}


{# The texts that are not NULL as one sentence, parts joined by semicolons; NULL when none is left. #}
{% macro sentence(parts) -%}
    {{ adapter.dispatch('sentence', 'assay')(parts) }}
{%- endmacro %}

{% macro postgres__sentence(parts) -%}
    nullif(
        upper(left(array_to_string(array_remove(array[{{ parts | join(', ') }}], null), '; '), 1))
        || substr(array_to_string(array_remove(array[{{ parts | join(', ') }}], null), '; '), 2)
        || '.',
        '.'
    )
{%- endmacro %}
