{#
    A count beside what was to be expected. Counts of chance events vary by about the square root of
    what is expected; between square roots the variation is the same for small and for large counts
    (Anscombe's transform), so one distance fits a market of two orders a day and one of two hundred.
    NULL in, NULL out; expected counts below nought are taken as nought.
#}

{# The square root on which counts are compared; `greatest` would make a nought of NULL. #}
{% macro root_of_count(number) -%}
    sqrt(case when {{ number }} < 0 then 0 else {{ number }} end + 0.375)
{%- endmacro %}


{# How far a count is from the expected one, in standard deviations of pure chance; below it negative. #}
{% macro surprise(observed, expected) -%}
    (2 * ({{ root_of_count(observed) }} - {{ root_of_count(expected) }}))::double precision
{%- endmacro %}


{#
    The largest count that is still usual: `times` times `spread` above the expected one on the scale of
    square roots, and at least `factor` times it, so that what is certain but small is not called unusual.
#}
{% macro usual_at_most(expected, spread, times, factor) -%}
    greatest(
        power({{ root_of_count(expected) }} + {{ times }} * {{ spread }} / 2.0, 2) - 0.375,
        {{ factor }} * {{ expected }}
    )::double precision
{%- endmacro %}


{# The smallest count that is still usual, likewise; nought where even no event at all is no surprise. #}
{% macro usual_at_least(expected, spread, times, factor) -%}
    case
        when {{ expected }} is not null
            then
                greatest(
                    least(
                        power(greatest({{ root_of_count(expected) }} - {{ times }} * {{ spread }} / 2.0, 0), 2) - 0.375,
                        {{ expected }} / {{ factor }}::double precision
                    ),
                    0
                )::double precision
    end
{%- endmacro %}
