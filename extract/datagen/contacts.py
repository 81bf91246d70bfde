"""How customers can be reached: phones, addresses, and e-mail addresses gone wrong."""

from __future__ import annotations

from extract.datagen.name_pools import POOLS
from extract.datagen.timeline import Rng


def mobile(rng: Rng, code: str, *, abroad: bool) -> str:
    """A mobile number that the country's numbering plan allows, in one of its usual spellings."""

    def digits(n: int) -> str:
        return f"{int(rng.integers(0, 10**n)):0{n}d}"

    style = 0 if abroad else int(rng.integers(0, 4))
    if code == "US":
        area = str(rng.choice(["212", "415", "312", "617", "206", "305", "512"]))
        exchange = f"{int(rng.integers(2, 10))}{int(rng.integers(2, 10))}{int(rng.integers(2, 10))}"
        line = digits(4)
        return (
            f"+1 {area}-{exchange}-{line}",
            f"({area}) {exchange}-{line}",
            f"{area}-{exchange}-{line}",
            f"+1{area}{exchange}{line}",
        )[style]
    prefixes, length, dial = {
        "DE": (["151", "152", "157", "159", "160", "171", "175", "176"], 0, "49"),
        "AT": (["664", "676", "660", "699"], 7, "43"),
        "CH": (["76", "77", "78", "79"], 7, "41"),
        "FR": (["6"], 8, "33"),
        "GB": (["740", "741", "742", "743", "744"], 7, "44"),
        "NL": (["61", "62", "63", "64"], 7, "31"),
        "ES": (["61", "62", "63", "65", "66"], 7, "34"),
    }[code]
    prefix = str(rng.choice(prefixes))
    if code == "DE":
        length = 8 if prefix in ("151", "152", "157", "159", "176") else 7
    rest = digits(length)
    if code == "FR":
        # 063 and 069 belong to the overseas departments.
        rest = "125678"[int(rng.integers(0, 6))] + rest[1:]
        grouped = " ".join(rest[k : k + 2] for k in range(0, 8, 2))
        return (f"+33 6 {grouped}", f"06 {grouped}", f"06{rest}", f"00336{rest}")[style]
    trunk = "" if code == "ES" else "0"
    return (
        f"+{dial} {prefix} {rest}",
        f"{trunk}{prefix} {rest}",
        f"{trunk}{prefix}/{rest}" if code in ("DE", "AT") else f"{trunk}{prefix}{rest}",
        f"00{dial}{prefix}{rest}",
    )[style]


def address(rng: Rng, code: str) -> tuple[str, str, str]:
    """Street with number, postcode and town of a country."""
    pool = POOLS[code]
    street = pool.streets[int(rng.integers(0, len(pool.streets)))]
    town, prefix = pool.towns[int(rng.integers(0, len(pool.towns)))]
    number = int(1 + rng.integers(0, 140) * rng.random())
    letter = "" if rng.random() < 0.9 else "abc"[int(rng.integers(0, 3))]
    if code in ("FR", "GB", "US"):
        line = f"{number}{'bis' if letter == 'b' and code == 'FR' else ''} {street}"
        if code == "GB" and rng.random() < 0.1:
            line = f"Flat {int(rng.integers(1, 30))}, {line}"
        if code == "US" and rng.random() < 0.15:
            line += f", Apt {int(rng.integers(1, 30))}{'ABCD'[int(rng.integers(0, 4))]}"
    elif code == "ES":
        line = f"{street}, {number}" + (f", {int(rng.integers(1, 9))}º" if letter else "")
    else:
        line = f"{street} {number}{letter}"
    if code == "GB":
        inward = f"{int(rng.integers(1, 10))}{''.join(rng.choice(list('ABDEFGHJLNPQRSTUWXYZ'), 2))}"
        return line, f"{prefix} {inward}", town
    width = 4 if code in ("AT", "CH", "NL") else 5
    postcode = (
        prefix + f"{int(rng.integers(0, 10 ** (width - len(prefix)))):0{width - len(prefix)}d}"
    )
    if code == "NL":
        postcode += f" {''.join(rng.choice(list('ABCDEGHJKLMNPRSTVWXZ'), 2))}"
    return line, postcode, town


def broken_email(rng: Rng, email: str) -> str:
    """The address as nobody could be reached at it."""
    name, domain = email.split("@")
    return (
        f"{name}{domain}",
        f"{name}@@{domain}",
        f"{name}@{domain.split('.')[0]}",
        f"{name}@{domain.replace('.', ',', 1)}",
        f"{name}@",
        f"@{domain}",
        f"{name}(at){domain}",
        f"{name}@{domain.replace('.', '..', 1)}",
    )[int(rng.integers(0, 8))]


def unusual_email(rng: Rng, email: str) -> str:
    """The same address in another spelling."""
    return (email.upper(), f" {email}", f"{email} ", email.title(), f"mailto:{email}")[
        int(rng.integers(0, 5))
    ]


def spaced(rng: Rng, name: str) -> str:
    """The name with white space that does not belong there."""
    doubled = name.replace(" ", "  ", 1) if " " in name else f"{name} "
    return (f" {name}", f"{name} ", doubled, f"{name}\u00a0", f"  {name}")[int(rng.integers(0, 5))]
