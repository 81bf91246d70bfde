{# Robust statistics of an array of numbers, which a window can gather but not sort. NULL of an empty array. #}

{% macro median_of(numbers) -%}
    (
        select percentile_cont(0.5) within group (order by element.number)
        from unnest({{ numbers }}) as element (number)
    )
{%- endmacro %}


{# The median of the distances from `centre`: the median absolute deviation, if that is the median. #}
{% macro median_distance(numbers, centre) -%}
    (
        select percentile_cont(0.5) within group (order by abs(element.number - {{ centre }}))
        from unnest({{ numbers }}) as element (number)
    )
{%- endmacro %}
