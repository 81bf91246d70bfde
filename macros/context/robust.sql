{# Robust statistics of an array of numbers, which a window can gather but not sort. NULL of an empty array. #}

{% macro median_of(numbers) -%}
    {{ adapter.dispatch('median_of', 'assay')(numbers) }}
{%- endmacro %}

{% macro postgres__median_of(numbers) -%}
    (
        select percentile_cont(0.5) within group (order by element.number)
        from unnest({{ numbers }}) as element (number)
    )
{%- endmacro %}


{# The median of the distances from `centre`: the median absolute deviation, if that is the median. #}
{% macro median_distance(numbers, centre) -%}
    {{ adapter.dispatch('median_distance', 'assay')(numbers, centre) }}
{%- endmacro %}

{% macro postgres__median_distance(numbers, centre) -%}
    (
        select percentile_cont(0.5) within group (order by abs(element.number - {{ centre }}))
        from unnest({{ numbers }}) as element (number)
    )
{%- endmacro %}


{#
    The mean of the middle half of the numbers: as deaf to a few odd ones as the median, but not a whole
    number for small counts. Of fewer than four numbers, the mean of all.
#}
{% macro middle_mean(numbers) -%}
    {{ adapter.dispatch('middle_mean', 'assay')(numbers) }}
{%- endmacro %}

{% macro postgres__middle_mean(numbers) -%}
    (
        select avg(ranked.number)::double precision
        from (
            select
                element.number,
                ntile(4) over (order by element.number) as quarter
            from unnest({{ numbers }}) as element (number)
            where element.number is not null
        ) as ranked
        where ranked.quarter between 2 and 3 or cardinality(array_remove({{ numbers }}, null)) < 4
    )
{%- endmacro %}


{#
    Distance of a value from a median in robust standard deviations: 1.4826 times the median absolute
    deviation is the standard deviation of a normal distribution. NULL when the deviation is nought.
#}
{% macro robust_distance(value, median, deviation) -%}
    (({{ value }} - {{ median }}) / nullif(1.4826 * {{ deviation }}, 0))::double precision
{%- endmacro %}
