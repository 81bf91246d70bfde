{{ config(meta={
    'failure_means': 'A reader of quality.issues sees a name, an address or a number of a person.',
    'what_to_do': 'empty the table before anything else, then see what changed in quality.issues or the meta of the source',
}) }}

select
    entity,
    _file_id,
    _line,
    column_name
from {{ ref('issues') }}
where
    (
        (entity = 'customers_crm' and column_name in ('name', 'e_mail', 'telefon', 'strasse', 'geburtsdatum'))
        or (
            entity = 'customers_shop'
            and column_name in ('first_name', 'last_name', 'email', 'phone', 'street', 'birth_date')
        )
    )
    and raw_value ~ '[a-wyzA-WYZ0-8]'
