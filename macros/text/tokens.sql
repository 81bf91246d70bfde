{#
    A text as an array of words in lower case. Sentence marks and commas are words of their own, because
    negation ends at them; other marks separate words. `don't` becomes `dont`, `j'adore` two words.
    Plain replacements, because a regular expression takes ten times as long. NULL in, NULL out.
#}
{% macro text_tokens(column) -%}
    {{ adapter.dispatch('text_tokens', 'assay')(column) }}
{%- endmacro %}

{% macro postgres__text_tokens(column) -%}
    {%- set marks = [
        ("’", "''"), ("''t", "t"), ("''", " "), ("...", " "), (".", " . "), (",", " , "), ("!", " ! "), ("?", " ? "),
        (":", " , "), (";", " , "), ("--", " , "),
    ] -%}
    {%- set text = namespace(sql="lower(" ~ without_odd_marks(column) ~ ")") -%}
    {%- for mark, replacement in marks -%}
        {%- set text.sql = "replace(" ~ text.sql ~ ", '" ~ mark ~ "', '" ~ replacement ~ "')" -%}
    {%- endfor -%}
    array_remove(string_to_array({{ text.sql }}, ' '), '')
{%- endmacro %}


{#
    Faces made of marks, and emoji, as words of their own: `xhappyface`, `xsadface`. Marks that say nothing,
    and line breaks, become blanks. Only texts that hold one of all these are searched for each.
#}
{% macro without_odd_marks(column) -%}
    {{ adapter.dispatch('without_odd_marks', 'assay')(column) }}
{%- endmacro %}

{% macro postgres__without_odd_marks(column) -%}
    {%- set sad = '[:;=][-o\'\']?[(\\\\\\[]|[:;=]-?/(?![/\\w])'
        ~ '|[\U0001f61e-\U0001f62d]|[\U0001f612-\U0001f614]'
        ~ '|[\U0001f44e\U0001f494\U0001f4a9\U0001f92e\U0001f922\U0001f621\U0001f620\U0001f92c]' -%}
    {%- set happy = '[:;=][-o\'\']?[)D\\]]|[:;=][-o\'\']?[Pp3](?!\\w)|\\([:;=]|<3|[\u2764\u2665\u263a]'
        ~ '|[\U0001f600-\U0001f60d]|[\U0001f617-\U0001f61b]'
        ~ '|[\U0001f44d\U0001f44f\U0001f389\U0001f973\U0001f970\U0001f929\U0001f64c\U0001f495-\U0001f49e]' -%}
    {%- set odd = '["()*#/\n\r\t¿¡„“”«»…|]|[\u2600-\u27bf]|[\U0001f300-\U0001faff]|\ufe0f' -%}
    case
        when {{ column }} ~ '{{ odd }}|[:;=][-o'']?[)(DPp3\\\[\]]|\([:;=]|<3'
            then
                regexp_replace(
                    regexp_replace(
                        regexp_replace({{ column }}, '{{ happy }}', ' xhappyface ', 'g'),
                        '{{ sad }}', ' xsadface ', 'g'
                    ),
                    '{{ odd }}', ' ', 'g'
                )
        else {{ column }}
    end
{%- endmacro %}


{#
    The different words of a text that may be terms of its subject: those of more than two letters, each once, where
    it stands first. To group the words of many texts costs several times as much.
#}
{% macro text_terms(tokens) -%}
    {{ adapter.dispatch('text_terms', 'assay')(tokens) }}
{%- endmacro %}

{% macro postgres__text_terms(tokens) -%}
    array(
        select word.term
        from unnest({{ tokens }}) with ordinality as word (term, position)
        where length(word.term) > 2 and array_position({{ tokens }}, word.term) = word.position
    )
{%- endmacro %}
