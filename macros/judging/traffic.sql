{# Where a visit came from: the campaign's own word for it, else the referring site, else 'direct'. #}
{% macro traffic_source(utm_source, referrer) -%}
    {{ adapter.dispatch('traffic_source', 'assay')(utm_source, referrer) }}
{%- endmacro %}

{% macro postgres__traffic_source(utm_source, referrer) -%}
    coalesce(
        {{ utm_source }},
        case
            when {{ referrer }} ~* '://[^/]*(google|bing|duckduckgo|ecosia|yahoo)\.' then 'search'
            when {{ referrer }} ~* '://[^/]*(facebook|instagram|tiktok|youtube|twitter|pinterest|linkedin|t\.co)' then 'social'
            when {{ referrer }} is not null then 'referral'
        end,
        'direct'
    )
{%- endmacro %}
