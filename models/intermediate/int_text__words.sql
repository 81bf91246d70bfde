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

english_forms as (
    select
        language,
        weight,
        case family
            when 'verb' then {{ verb_forms('root', 'false') }}
            when 'verb_doubling' then {{ verb_forms('root', 'true') }}
            when 'noun' then {{ noun_forms('root') }}
            when 'adjective' then {{ quality_forms('root') }}
            when 'short_adjective' then {{ quality_forms('root') }} || {{ degree_forms('root') }}
        end as forms
    from roots
    where language = 'en'
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
        english_forms.language,
        form.word,
        english_forms.weight,
        2 as rank
    from english_forms
    cross join {{ elements('english_forms.forms', 'form', 'word') }}
    union all
    select
        roots.language,
        form.word,
        roots.weight * 0.6 as weight,
        3 as rank
    from roots
    cross join {{ elements(adverb_forms('roots.root'), 'form', 'word') }}
    where roots.language = 'en' and roots.family in ('adjective', 'short_adjective')
    union all
    select
        roots.language,
        form.word,
        roots.weight,
        2 as rank
    from roots
    cross join {{ elements(declined_forms('roots.root', 'roots.language'), 'form', 'word') }}
    where roots.language <> 'en' and roots.family = 'adjective'
    union all
    select
        languages.language,
        faces.word,
        faces.weight,
        1 as rank
    from languages
    cross join (values ('xhappyface', 2), ('xsadface', -2)) as faces (word, weight)
),

ranked as (
    select
        language,
        word,
        weight,
        row_number() over (partition by language, word order by rank asc, abs(weight) desc) as choice
    from forms
)

select
    language,
    word,
    weight::real as weight
from ranked
where choice = 1
