{# Text as a person meant it. No macro here raises on any text; NULL in, NULL out. #}

{% macro clean_text(column) -%}
    nullif(btrim(regexp_replace({{ column }}, '[\s\u00a0\u200b\ufeff]+', ' ', 'g')), '')
{%- endmacro %}


{% macro clean_id(column) -%}
    nullif(btrim({{ column }}), '')
{%- endmacro %}


{% macro clean_word(column) -%}
    nullif(lower(btrim({{ column }})), '')
{%- endmacro %}


{% macro strip_html(column) -%}
    replace(replace(replace(replace(replace(replace(
        regexp_replace({{ column }}, '<[/!]?[[:alpha:]][^<>]*>', ' ', 'g'),
        '&nbsp;', ' '), '&lt;', '<'), '&gt;', '>'), '&quot;', '"'), '&#39;', ''''), '&amp;', '&')
{%- endmacro %}


{% macro has_html(column) -%}
    coalesce({{ column }} ~ '<[/!]?[[:alpha:]][^<>]*>|&(nbsp|lt|gt|quot|amp|#39);', false)
{%- endmacro %}


{#
    UTF-8 once read as Latin-1 (or Windows-1252) is read back. Two things must hold, or the text stays:
    every character has a Latin-1 byte, and those bytes are valid UTF-8. Both are checked by pattern
    before anything is converted, because a failing conversion would stop the build.
#}
{% macro latin1_bytes_of(column) -%}
    translate(
        {{ column }},
        '€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ',
        e'\u0080\u0082\u0083\u0084\u0085\u0086\u0087\u0088\u0089\u008a\u008b\u008c\u008e\u0091\u0092\u0093\u0094\u0095\u0096\u0097\u0098\u0099\u009a\u009b\u009c\u009e\u009f'
    )
{%- endmacro %}


{% macro has_mojibake(column) -%}
    case
        when {{ column }} ~ '[\u00c2-\u00f4]' and {{ column }} ~ '[ÃÂâÅÄð]'
            then
                {{ latin1_bytes_of(column) }}
                ~ '^([\u0001-\u007f]|[\u00c2-\u00df][\u0080-\u00bf]|\u00e0[\u00a0-\u00bf][\u0080-\u00bf]|[\u00e1-\u00ec\u00ee\u00ef][\u0080-\u00bf][\u0080-\u00bf]|\u00ed[\u0080-\u009f][\u0080-\u00bf]|\u00f0[\u0090-\u00bf][\u0080-\u00bf][\u0080-\u00bf])+$'
        else false
    end
{%- endmacro %}


{% macro fix_mojibake(column) -%}
    case
        when {{ has_mojibake(column) }}
            then convert_from(convert_to({{ latin1_bytes_of(column) }}, 'LATIN1'), 'UTF8')
        else {{ column }}
    end
{%- endmacro %}
