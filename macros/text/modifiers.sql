{#
    The words that change the sentiment of words near them: `negator` (turns the next words), `booster` and
    `damper` (make the next word stronger, weaker), `contrast` (what follows counts more), and
    `function` (what a thing should do: a complaint where it is denied, as in `will not charge`, else nothing).

    They are few, so they stand in the query itself: a list of constants is looked up without a join. The
    languages share the first three lists, since a negator of one is hardly ever a word of another's sentence.
    Lower case, without apostrophes; a list in brackets to stand behind `in`, of one language or of all.
#}
{% macro modifier_words(kind, language=none) -%}
    {%- set lists = {
        'negator': {
            'en': 'aint arent barely cannot cant couldnt didn didnt dnt doesn doesnt dont hadnt hardly hasnt havent isn isnt '
                ~ 'lack lacked lacking lacks less neither never no nobody none nor not nothing nowhere nt rarely scarcely '
                ~ 'seldom shouldnt wasn wasnt werent without wont wouldnt',
            'de': 'kaum kein keine keinem keinen keiner keines nicht nichts nie niemals niemand ohne weder',
            'fr': 'aucun aucune guère jamais n ne ni pas rien sans',
            'es': 'jamás nada nadie ni ninguna ninguno ningún no nunca sin tampoco',
        },
        'booster': {
            'en': 'absolute absolutely amazingly awfully beyond big complete completely damn deeply definitely enormously '
                ~ 'especially exceptionally extra extremely far freakin freaking frickin friggin fucking genuinely heck hella '
                ~ 'highly huge immensely incredibly insanely mega more most much particularly perfectly pure quite real really '
                ~ 'remarkably ridiculously seriously so soo sooo soooo such super terribly thoroughly too total totally '
                ~ 'tremendously truly ultra unbelievably utterly very veryy way',
            'de': 'absolut besonders echt extrem ganz höchst komplett richtig rundum sehr unglaublich viel voll völlig '
                ~ 'wirklich zu äußerst überaus',
            'fr': 'absolument complètement extrêmement fort hyper incroyablement particulièrement plus si tellement '
                ~ 'totalement tout trop très vraiment',
            'es': 'absolutamente completamente demasiado especialmente extremadamente increíblemente mucho muy más realmente '
                ~ 'súper tan totalmente verdaderamente',
        },
        'damper': {
            'en': 'almost bit could fairly if kinda little marginally maybe might mildly moderately nearly occasionally '
                ~ 'partially partly perhaps possibly potentially rather reasonably relatively should slightly sometimes '
                ~ 'somewhat sorta would',
            'de': 'eher etwas fast könnte leicht manchmal relativ teilweise vielleicht wenig ziemlich',
            'fr': 'assez légèrement moyennement parfois peu peut plutôt presque relativement',
            'es': 'algo bastante casi ligeramente poco quizás relativamente',
        },
        'contrast': {
            'en': 'although but except however though unfortunately yet',
            'de': 'aber allerdings jedoch leider obwohl sondern trotzdem',
            'fr': 'cependant mais malgré pourtant toutefois',
            'es': 'aunque pero sino',
        },
        'function': {
            'en': 'arrive boot charge close connect enjoy fit function hold install last like load open pair play print read '
                ~ 'recognize record respond save ship start stay stick sync turn update work',
        },
    }[kind] -%}
    {%- set words = lists.get(language, '') if language else lists.values() | join(' ') -%}
    ('{{ words | replace(' ', "', '") }}')
{%- endmacro %}


{# The words of a kind as a query: language, word, kind. #}
{% macro modifier_rows(kind) -%}
    {% for language in ['en', 'de', 'fr', 'es'] %}
    select
        '{{ language }}' as language,
        listed.word,
        '{{ kind }}' as kind
    from string_to_table({{ modifier_words(kind, language) | replace("', '", ' ') }}, ' ') as listed (word)
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
{%- endmacro %}
