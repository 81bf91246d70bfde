{{ config(indexes=[{'columns': ['language', 'word'], 'unique': True}]) }}

with roots as (
    select
        seed.language,
        member.root,
        seed.family,
        seed.weight
    from {{ ref('sentiment_roots') }} as seed
    cross join lateral string_to_table(seed.roots, ' ') as member (root)
),

languages as (
    select language
    from roots
    group by language
),

-- What a person wrote goes before what a rule made of another root; then the adverb is weaker than the adjective.
forms as (
    select
        language,
        root as word,
        weight,
        1 as rank
    from roots
    union all
    select
        roots.language,
        form.word,
        roots.weight,
        2 as rank
    from roots
    cross join
        lateral unnest(
            case roots.family
                when 'verb' then {{ verb_forms('roots.root', 'false') }}
                when 'verb_doubling' then {{ verb_forms('roots.root', 'true') }}
                when 'noun' then {{ noun_forms('roots.root') }}
                when 'adjective' then {{ quality_forms('roots.root') }}
                when 'short_adjective' then {{ quality_forms('roots.root') }} || {{ degree_forms('roots.root') }}
            end
        ) as form (word)
    where roots.language = 'en'
    union all
    select
        roots.language,
        form.word,
        roots.weight * 0.6 as weight,
        3 as rank
    from roots
    cross join lateral unnest({{ adverb_forms('roots.root') }}) as form (word)
    where roots.language = 'en' and roots.family in ('adjective', 'short_adjective')
    union all
    select
        roots.language,
        form.word,
        roots.weight,
        2 as rank
    from roots
    cross join lateral unnest({{ declined_forms('roots.root', 'roots.language') }}) as form (word)
    where roots.language <> 'en' and roots.family = 'adjective'
    union all
    select
        languages.language,
        faces.word,
        faces.weight,
        1 as rank
    from languages
    cross join (values ('xhappyface', 2), ('xsadface', -2)) as faces (word, weight)
)

select distinct on (language, word)
    language,
    word,
    weight::real as weight
from forms
order by language asc, word asc, rank asc, abs(weight) desc
