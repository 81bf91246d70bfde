{#
    Versions of a snapshot, numbered, with what changed: a snapshot keeps each version from the build that first saw it to
    the one that saw it changed or gone, in the session's zone. The first version is valid from ever, as far as we know.
#}
{% macro versions_of(snapshot_relation, key, tracked) -%}
    {{ adapter.dispatch('versions_of', 'assay')(snapshot_relation, key, tracked) }}
{%- endmacro %}

{% macro postgres__versions_of(snapshot_relation, key, tracked) -%}
    select
        {{ key }},
        row_number() over versions as version_number,
        case when row_number() over versions > 1 then dbt_valid_from at time zone current_setting('TimeZone') end as valid_from,
        dbt_valid_to at time zone current_setting('TimeZone') as valid_to,
        dbt_valid_to is null as is_current,
        array_remove(array[
            {% for column in tracked -%}
            case
                when row_number() over versions > 1 and {{ column }} is distinct from lag({{ column }}) over versions
                    then '{{ column }}'
            end{% if not loop.last %},{% endif %}
            {% endfor -%}
        ], null)::text[] as changed,
        {% for column in tracked -%}
        {{ column }},
        {% endfor -%}
        _file_id,
        _line
    from {{ snapshot_relation }}
    window versions as (partition by {{ key }} order by dbt_valid_from, dbt_scd_id)
{%- endmacro %}
