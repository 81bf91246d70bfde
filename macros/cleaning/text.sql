{#
    Text as a person meant it. No macro here raises on any text; NULL in, NULL out.
    The server's encoding must be UTF8, as `assay` makes it: `normalize` knows no other.
#}

{#
    Words by which sources say that there is nothing, in lower case. One list for all, and each source's own.
    A source's own words for things that are wrong (`siehe Notiz` as a telephone number) do not belong here:
    they are issues. Names are read without this list, because Null is a surname.
#}
{% macro null_tokens(source=none) -%}
    {%- set everywhere = [
        '', 'null', '(null)', '[null]', '<null>', '\\n', 'n/a', 'n.a.', 'n. a.', 'na', '<na>', 'none', 'nil', 'nan',
        'not available', 'not applicable', '(blank)', '(empty)', '(leer)', '-', '--', '---', '–', '—', '?', '??', '.', '""',
        '#n/a', '#na', '#nv', '#ref!', '#value!', '#div/0!', '#name?', '#num!', '#null!'
    ] -%}
    {%- set own = {
        'crm': ['k.a.', 'k. a.', 'keine angabe', 'ohne angabe', 'entf.'],
        'web': ['undefined', '(not set)', '(none)', '(not provided)'],
    } -%}
    {{ return(everywhere + own.get(source, [])) }}
{%- endmacro %}


{# The same list without words that are values in some column, such as `na` among country codes. #}
{% macro null_tokens_but(words) -%}
    {{ return(null_tokens() | reject('in', words) | list) }}
{%- endmacro %}


{# The white space that Unicode knows, control characters included, as a regular expression's class. #}
{% macro white_space() -%}
    \u0001-\u0020\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000
{%- endmacro %}


{# What is no white space and is not seen: soft hyphens, joiners, marks of direction, byte order marks. #}
{% macro invisible(joiners=true) -%}
    \u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb
    {%- if joiners %}\u200c\u200d\ufe00-\ufe0f{% endif %}
{%- endmacro %}


{# What may stand around a value without being part of it, as the list of characters that `btrim` takes. #}
{% macro edges() -%}
    e' \t\n\x0b\f\r\u0085\u00a0\u00ad\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202f\u205f\u2060\u3000\ufeff'
{%- endmacro %}


{# Whether something was given at all: neither NULL, nor blank, nor a word for nothing. Never NULL. #}
{% macro is_given(column, nulls=none) -%}
    coalesce(
        lower(btrim({{ column }}, {{ edges() }}))
        not in ({% for token in nulls or null_tokens() %}'{{ token }}'{% if not loop.last %}, {% endif %}{% endfor %}),
        false
    )
{%- endmacro %}


{% macro null_if_token(column, nulls=none) -%}
    case when {{ is_given(column, nulls) }} then {{ column }} end
{%- endmacro %}


{# One line of text. What is plain already, as most is, passes by the first branch untouched. #}
{% macro clean_text(column, nulls=none) -%}
    {{ adapter.dispatch('clean_text', 'assay')(column, nulls) }}
{%- endmacro %}

{% macro postgres__clean_text(column, nulls=none) -%}
    case
        when {{ column }} ~ '^[!-~]+( [!-~]+)*$' then {{ null_if_token(column, nulls) }}
        else
            {{ null_if_token(tidied(column, 'nfkc', joiners=true), nulls) }}
    end
{%- endmacro %}


{# A person's name: as `clean_text`, but no word means nothing, because Null is a surname. #}
{% macro clean_name(column) -%}
    {{ clean_text(column, ['']) }}
{%- endmacro %}


{#
    Prose, where characters mean what they look like: m² stays m², and the joiners inside an emoji stay.
    Lines become one line.
#}
{% macro clean_prose(column) -%}
    {{ adapter.dispatch('clean_prose', 'assay')(column) }}
{%- endmacro %}

{% macro postgres__clean_prose(column) -%}
    case
        when {{ column }} ~ '^[!-~]+( [!-~]+)*$' then {{ column }}
        else nullif({{ tidied(column, 'nfc', joiners=false) }}, '')
    end
{%- endmacro %}


{# A step of the macros above: normalised, without what is not seen, white space single and inside. #}
{% macro tidied(column, form, joiners) -%}
    {{ adapter.dispatch('tidied', 'assay')(column, form, joiners) }}
{%- endmacro %}

{% macro postgres__tidied(column, form, joiners) -%}
    btrim(
        regexp_replace(
            regexp_replace(normalize({{ column }}, {{ form }}), '[{{ invisible(joiners) }}]', '', 'g'),
            '[{{ white_space() }}]+', ' ', 'g'
        ),
        ' '
    )
{%- endmacro %}


{#
    A value as it would be typed on a plain keyboard, for numbers, times and codes: full-width characters and the digits of
    other scripts as ASCII, each dash a hyphen, each apostrophe a straight one, white space single, nothing that is not seen,
    the ends cut. Superscripts and fractions stay what they are, so that 12² is no number.
#}
{% macro plain_value(column) -%}
    {{ adapter.dispatch('plain_value', 'assay')(column) }}
{%- endmacro %}

{% macro postgres__plain_value(column) -%}
    {%- set typed -%}
        e'
        {%- for code in range(0xff01, 0xff5f) %}\u{{ '%04x' | format(code) }}{% endfor %}
        {%- for zero in [0x660, 0x6f0, 0x966] %}{% for code in range(zero, zero + 10) %}\u{{ '%04x' | format(code) }}{% endfor %}{% endfor -%}
        \u066b\u066c\u066a\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\u2018\u2019\u02bc\u00b4'
    {%- endset -%}
    case
        when {{ column }} ~ '^[!-~]*$' then {{ column }}
        else
            btrim(
                regexp_replace(
                    regexp_replace(
                        translate(
                            {{ column }}, {{ typed }},
                            e'!"#$%&\'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~012345678901234567890123456789.,%--------\'\'\'\''
                        ),
                        '[{{ invisible() }}]', '', 'g'
                    ),
                    '[{{ white_space() }}]+', ' ', 'g'
                ),
                ' '
            )
    end
{%- endmacro %}


{% macro clean_id(column, nulls=none) -%}
    {%- set trimmed -%}
        btrim({{ column }}, {{ edges() }})
    {%- endset -%}
    {{ null_if_token(trimmed, nulls) }}
{%- endmacro %}


{% macro clean_word(column, nulls=none) -%}
    lower({{ clean_text(column, nulls) }})
{%- endmacro %}


{#
    Two spellings of one name fold to the same letters: `Jürgen-Peter Groß` and `juergen peter gross` both to
    `juergenpetergross`. For comparing, not for showing.
#}
{% macro fold_name(column) -%}
    {{ adapter.dispatch('fold_name', 'assay')(column) }}
{%- endmacro %}

{% macro postgres__fold_name(column) -%}
    nullif(
        regexp_replace(
            normalize(
                replace(replace(replace(replace(replace(replace(
                    lower(normalize({{ column }}, nfkc)),
                    'ä', 'ae'), 'ö', 'oe'), 'ü', 'ue'), 'ß', 'ss'), 'ø', 'oe'), 'æ', 'ae'),
                nfkd
            ),
            '[^a-z0-9]', '', 'g'
        ),
        ''
    )
{%- endmacro %}


{% macro strip_html(column) -%}
    {{ adapter.dispatch('strip_html', 'assay')(column) }}
{%- endmacro %}

{% macro postgres__strip_html(column) -%}
    replace(replace(replace(replace(replace(replace(
        regexp_replace({{ column }}, '<[/!]?[[:alpha:]][^<>]*>', ' ', 'g'),
        '&nbsp;', ' '), '&lt;', '<'), '&gt;', '>'), '&quot;', '"'), '&#39;', ''''), '&amp;', '&')
{%- endmacro %}


{% macro has_html(column) -%}
    {{ adapter.dispatch('has_html', 'assay')(column) }}
{%- endmacro %}

{% macro postgres__has_html(column) -%}
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
    {{ adapter.dispatch('has_mojibake', 'assay')(column) }}
{%- endmacro %}

{% macro postgres__has_mojibake(column) -%}
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


{#
    One hash of several values that tells NULL from '' and ('a', 'b') from ('ab', ''): each value stands with
    its length before it. 64 hexadecimal digits, never NULL.
#}
{% macro content_hash(columns) -%}
    encode(sha256(convert_to(
        {% for column in columns -%}
        coalesce(length(({{ column }})::text) || ':' || ({{ column }})::text, '-') {%- if not loop.last %} || {% endif %}
        {% endfor -%},
        'UTF8'
    )), 'hex')
{%- endmacro %}
