with cases (one, other, least_alike, most_alike) as (
    values
    ('Anna Meier', 'Meier, Anna', 1.0, 1.0),
    ('Jürgen Groß', 'Juergen Gross', 1.0, 1.0),
    ('Anna-Maria Meier', 'Anna Maria Meier', 1.0, 1.0),
    ('Anna Maria Meier', 'Anna Meier', 0.95, 0.95),
    ('Anna Meier', 'Anna Meire', 0.7, 0.95),
    ('Anna Schneider', 'Anna Schnieder', 0.7, 0.95),
    ('Maria Roth', 'Maria Rtoh', 0.9, 0.9),
    ('Ann Li', 'Nan Li', 0.0, 0.69),
    ('Anna Meier', 'Lukas Meier', 0.0, 0.69),
    ('Anna', 'Anna Meier', 0.0, 0.69),
    ('Bo', 'Li', 0.0, 0.0),
    ('', 'Anna', 0.0, 0.0),
    (null, 'Anna', 0.0, 0.0)
),

parts as (
    select
        one,
        other,
        least_alike,
        most_alike,
        {{ name_parts('one') }} as one_parts,
        {{ name_parts('other') }} as other_parts
    from cases
),

results as (
    select
        one,
        other,
        least_alike,
        most_alike,
        {{ name_similarity('one_parts', 'other_parts') }} as similarity,
        {{ name_similarity('other_parts', 'one_parts') }} as similarity_turned_round
    from parts
)

select
    one,
    other,
    similarity::text as found
from results
where
    similarity is null
    or similarity not between least_alike and most_alike
    or similarity <> similarity_turned_round
union all
select
    streets.input as one,
    streets.expected as other,
    {{ fold_street('streets.input') }} as found
from (
    values
    ('Hauptstraße 5', 'hauptstr5'),
    ('Haupt-Strasse 5', 'hauptstr5'),
    ('Hauptstr. 5', 'hauptstr5'),
    ('12 rue de l''Étoile', '12ruedeletoile'),
    ('', null),
    (null, null)
) as streets (input, expected)
where {{ fold_street('streets.input') }} is distinct from streets.expected
