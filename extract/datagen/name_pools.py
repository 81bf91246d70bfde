"""Names, streets and towns by country, for believable customers. Nothing but words.

German-speaking customers land in a Windows-1252 file: their words must fit into it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pool:
    """Words of one country; towns come with the start of their postcodes."""

    women: list[str]
    men: list[str]
    surnames: list[str]
    streets: list[str]
    towns: list[tuple[str, str]]


def _words(text: str, separator: str = " ") -> list[str]:
    return text.split(separator)


def _towns(text: str) -> list[tuple[str, str]]:
    pairs = (part.strip().rsplit(" ", 1) for part in text.split(","))
    return [(name, code) for name, code in pairs]


_DE_WOMEN = (
    "Anna Maria Julia Katharina Sabine Petra Claudia Susanne Monika Ursula Jana Lena Lea Hannah "
    "Mia Emma Sophie Johanna Franziska Christina Stefanie Nicole Melanie Birgit Heike Kerstin "
    "Anja Ulrike Jördis Käthe Bärbel Gülsen Aylin Fatma Zoë Renée Svenja Wiebke Antje Frauke"
)
_DE_MEN = (
    "Thomas Michael Andreas Stefan Peter Klaus Jürgen Wolfgang Günter Jörg Björn Sören Lukas "
    "Leon Paul Jonas Felix Maximilian Finn Elias Tobias Sebastian Matthias Christian Markus "
    "Martin Frank Uwe Ralf Dirk Holger Volker Götz Mehmet Emre Niklas Hendrik Torben André René"
)
_DE_SURNAMES = (
    "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer "
    "Richter Klein Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange "
    "Krause Lehmann Köhler Maier König Walter Huber Kaiser Fuchs Peters Lang Scholz Möller Weiß "
    "Jung Hahn Vogel Friedrich Keller Günther Berger Winkler Roth Beck Lorenz Baumann Franke "
    "Albrecht Schuster Simon Ludwig Böhm Winter Kraus Martin Schumacher Krämer Vogt Jäger Stein "
    "Groß Brandt Haas Schreiber Graf Dietrich Ziegler Kuhn Pohl Horn Busch Bergmann Voigt Sauer "
    "Yilmaz Özdemir Kowalski Nowak Petersen Lüders Straßer Göbel Hübner Löffler Thiele Wörner"
)
_DE_STREETS = _words(
    "Hauptstraße Schulstraße Gartenstraße Bahnhofstraße Dorfstraße Bergstraße Birkenweg "
    "Lindenstraße Kirchstraße Waldstraße Ringstraße Schillerstraße Goethestraße Amselweg "
    "Wiesenweg Mühlenweg Rosenstraße Jahnstraße Friedrichstraße Kastanienallee Marktplatz "
    "Königsallee Südring Nelkenweg Bismarckstraße Mozartstraße Feldstraße Buchenweg"
)
_AT_SURNAMES = (
    "Gruber Huber Bauer Wagner Müller Pichler Steiner Moser Mayer Hofer Leitner Berger Fuchs Eder "
    "Fischer Schmid Winkler Weber Schwarz Maier Schneider Reiter Mayr Wimmer Egger Brunner Lang "
    "Baumgartner Auer Binder Lechner Wolf Wallner Aigner Ebner Koller Lehner Haas Schuster Strobl "
    "Höller Grünwald Öllinger Zöchling Stöger Kröll"
)
_CH_SURNAMES = (
    "Müller Meier Schmid Keller Weber Huber Schneider Meyer Steiner Fischer Gerber Brunner Baumann "
    "Frei Zimmermann Moser Widmer Wyss Graf Roth Suter Baumgartner Bachmann Studer Bucher Berger "
    "Kaufmann Kunz Hofer Bühler Lüthi Lehmann Marti Christen Blanc Favre Rochat Dubois Perret "
    "Bernasconi Rossi Bianchi Zürcher Hänni Nägeli Bösch Rüegg"
)
_FR_WOMEN = (
    "Marie Camille Léa Chloé Manon Inès Élodie Aurélie Céline Sandrine Nathalie Isabelle Sylvie "
    "Françoise Hélène Émilie Mathilde Pauline Juliette Charlotte Louise Alice Jade Zoé Anaïs "
    "Noémie Clémence Margaux Agnès Brigitte Valérie Véronique Fatima Samira Océane Maëlle"
)
_FR_MEN = (
    "Jean Pierre Michel Philippe Nicolas Julien Thomas Antoine Lucas Hugo Louis Jules Gabriel "
    "Raphaël Arthur Léo Théo Mathieu Sébastien François Frédéric Stéphane Jérôme Cédric Benoît "
    "Rémi Loïc Gaël Guillaume Olivier Laurent Christophe Karim Mehdi Étienne André Noël Aurélien"
)
_FR_SURNAMES = (
    "Martin Bernard Thomas Petit Robert Richard Durand Dubois Moreau Laurent Simon Michel Lefèvre "
    "Leroy Roux David Bertrand Morel Fournier Girard Bonnet Dupont Lambert Fontaine Rousseau "
    "Vincent Muller Lefebvre Faure André Mercier Blanc Guérin Boyer Garnier Chevalier François "
    "Legrand Gauthier Garcia Perrin Robin Clément Morin Nicolas Henry Roussel Mathieu Gautier "
    "Masson Marchand Duval Denis Dumont Marie Lemaire Noël Meyer Dufour Meunier Brun Blanchard "
    "Giraud Joly Rivière Lucas Brunet Gaillard Barbier Arnaud Martinez Gérard Hébert Lévêque "
    "Bénard Delaunay Benali Diallo Nguyen"
)
_GB_WOMEN = (
    "Olivia Amelia Isla Ava Emily Sophie Grace Freya Charlotte Jessica Alice Daisy Florence Evie "
    "Rosie Poppy Chloe Hannah Lucy Megan Sarah Claire Emma Rachel Laura Rebecca Nicola Karen "
    "Siobhán Niamh Zara Priya Aisha Fiona Eilidh Margaret Susan Helen Gemma Abigail"
)
_GB_MEN = (
    "Oliver George Harry Noah Jack Leo Arthur Oscar Charlie Thomas Henry William James Joshua "
    "Alexander Edward Samuel Daniel Ben Luke Adam Ryan Callum Lewis Matthew David Andrew Paul "
    "Mark Stephen Ian Gareth Seán Rhys Mohammed Imran Callan Duncan Graham Nigel"
)
_GB_SURNAMES = (
    "Smith Jones Taylor Brown Williams Wilson Johnson Davies Robinson Wright Thompson Evans Walker "
    "White Roberts Green Hall Wood Jackson Clarke Harris Clark Turner Hill Moore Cooper Ward "
    "Morris King Baker Harrison Morgan Allen James Scott Phillips Watson Davis Parker Price "
    "Bennett Young Griffiths Mitchell Kelly Cook Carter Richardson Bailey Collins Bell Shaw Murphy "
    "Miller Cox Khan Patel Ahmed O'Brien O'Connor Singh MacDonald McKenzie Fraser Hughes Edwards "
    "Lloyd Ashworth Barrow-Smith Pemberton Whitfield Thackeray Osborne Chambers"
)
_NL_WOMEN = (
    "Emma Sanne Lotte Anne Lisa Femke Fleur Maartje Marloes Esmée Noëlle Iris Eva Julia Saskia "
    "Ingrid Marijke Anouk Roos Tess Fenna Jasmijn Nienke Wendy Mirjam Zoë Renée Hanneke"
)
_NL_MEN = (
    "Daan Sem Lucas Bram Jan Pieter Kees Henk Willem Johan Sander Jeroen Bas Tim Thijs Ruben "
    "Niels Joost Maarten Wouter Gijs Stijn Jasper Dirk Rik Mees Levi Hugo Koen Diederik"
)
_NL_SURNAMES = _words(
    "de Jong|Jansen|de Vries|van den Berg|van Dijk|Bakker|Janssen|Visser|Smit|Meijer|"
    "de Boer|Mulder|de Groot|Bos|Vos|Peters|Hendriks|van Leeuwen|Dekker|Brouwer|de Wit|"
    "Dijkstra|Smits|de Graaf|van der Meer|van der Linden|Kok|Jacobs|de Haan|Vermeulen|"
    "van den Heuvel|van der Veen|van den Broek|de Bruijn|van der Heijden|Schouten|"
    "van Beek|Willems|van Vliet|Hoekstra|Maas|Verhoeven|Koster|Prins|Blom|Huisman|Peeters|"
    "Kuiper|Veenstra",
    "|",
)
_ES_WOMEN = (
    "María Carmen Ana Isabel Laura Cristina Marta Lucía Sofía Paula Elena Raquel Sara Beatriz "
    "Rocío Pilar Inés Nuria Alba Andrea Irene Patricia Silvia Mónica Verónica Julia Begoña Íngrid "
    "Martina Valeria Daniela Noelia"
)
_ES_MEN = (
    "Antonio José Manuel Francisco David Juan Javier Daniel Carlos Jesús Alejandro Miguel Rafael "
    "Pedro Pablo Ángel Sergio Fernando Jorge Luis Alberto Álvaro Adrián Diego Iván Raúl Rubén "
    "Óscar Víctor Hugo Martín Mateo Íñigo Andrés Joaquín Ramón"
)
_ES_SURNAMES = _words(
    "García|González|Rodríguez|Fernández|López|Martínez|Sánchez|Pérez|Gómez|Martín|"
    "Jiménez|Ruiz|Hernández|Díaz|Moreno|Muñoz|Álvarez|Romero|Alonso|Gutiérrez|Navarro|"
    "Torres|Domínguez|Vázquez|Ramos|Gil|Ramírez|Serrano|Blanco|Molina|Morales|Suárez|"
    "Ortega|Delgado|Castro|Ortiz|Rubio|Marín|Sanz|Núñez|Iglesias|Medina|Garrido|Cortés|"
    "Castillo|Santos|Lozano|Guerrero|Cano|Prieto|Méndez|Cruz|Peña|Ibáñez|García Lorca|"
    "Pérez Galdós|López de Haro",
    "|",
)
_US_WOMEN = (
    "Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Sarah Karen Nancy Lisa Ashley "
    "Emily Madison Harper Ella Avery Chloe Riley Zoey Nora Hazel Violet Aaliyah Guadalupe Kimberly "
    "Michelle Amanda Melissa"
)
_US_MEN = (
    "James John Robert Michael William David Richard Joseph Thomas Charles Christopher Daniel "
    "Matthew Anthony Mark Steven Andrew Joshua Kevin Brian Ethan Mason Logan Aiden Jackson Jayden "
    "Liam Noah DeShawn Hector"
)
_US_SURNAMES = (
    "Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez "
    "Gonzalez Wilson Anderson Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris "
    "Sanchez Clark Ramirez Lewis Robinson Walker Young Allen King Wright Scott Torres Nguyen Hill "
    "Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell Carter Roberts O'Neill McCarthy"
)

POOLS: dict[str, Pool] = {
    "DE": Pool(
        _DE_WOMEN.split(),
        _DE_MEN.split(),
        _DE_SURNAMES.split(),
        _DE_STREETS,
        _towns(
            "Berlin 10, Berlin 12, Hamburg 20, Hamburg 22, München 80, München 81, Köln 50, "
            "Frankfurt am Main 60, Stuttgart 70, Düsseldorf 40, Leipzig 04, Dortmund 44, Essen 45, "
            "Bremen 28, Dresden 01, Hannover 30, Nürnberg 90, Duisburg 47, Münster 48, Würzburg 97,"
            "Göttingen 37, Lübeck 23, Tübingen 72, Saarbrücken 66, Görlitz 02, Rostock 18"
        ),
    ),
    "AT": Pool(
        _DE_WOMEN.split(),
        _DE_MEN.split(),
        _AT_SURNAMES.split(),
        [*_DE_STREETS[:18], "Wiener Straße", "Salzburger Straße", "Ötztaler Weg", "Grazer Gasse"],
        _towns(
            "Wien 10, Wien 11, Graz 80, Linz 40, Salzburg 50, Innsbruck 60, Klagenfurt 90, "
            "St. Pölten 31, Dornbirn 68, Wels 46, Villach 95"
        ),
    ),
    "CH": Pool(
        _DE_WOMEN.split(),
        _DE_MEN.split(),
        _CH_SURNAMES.split(),
        [
            "Bahnhofstrasse",
            "Dorfstrasse",
            "Seestrasse",
            "Kirchweg",
            "Rue du Lac",
            "Birkenstrasse",
            "Zürcherstrasse",
            "Bernstrasse",
            "Avenue de la Gare",
            "Industriestrasse",
            "Schulweg",
        ],
        _towns(
            "Zürich 80, Bern 30, Basel 40, Genève 12, Lausanne 10, Luzern 60, Winterthur 84, "
            "St. Gallen 90, Neuchâtel 20, Chur 70, Thun 36"
        ),
    ),
    "FR": Pool(
        _FR_WOMEN.split(),
        _FR_MEN.split(),
        _FR_SURNAMES.split(),
        [
            "rue de la République",
            "avenue Victor Hugo",
            "rue des Écoles",
            "place de la Mairie",
            "rue de l'Église",
            "boulevard Gambetta",
            "rue du Général de Gaulle",
            "rue Pasteur",
            "allée des Tilleuls",
            "chemin des Vignes",
            "rue Jean Jaurès",
            "impasse des Lilas",
            "rue de la Gare",
            "quai de la Loire",
            "rue Molière",
            "avenue du Maréchal Foch",
        ],
        _towns(
            "Paris 750, Lyon 690, Marseille 130, Toulouse 310, Nice 060, Nantes 440, Bordeaux 330,"
            "Strasbourg 670, Lille 590, Rennes 350, Grenoble 380, Saint-Étienne 420, Orléans 450,"
            "Besançon 250, Nîmes 300, Angers 490, Montpellier 340, Reims 511, Dijon 210"
        ),
    ),
    "GB": Pool(
        _GB_WOMEN.split(),
        _GB_MEN.split(),
        _GB_SURNAMES.split(),
        [
            "High Street",
            "Station Road",
            "Church Lane",
            "Victoria Road",
            "Park Avenue",
            "Mill Lane",
            "King's Road",
            "The Green",
            "Queen Street",
            "Manor Close",
            "Albert Road",
            "York Road",
            "Windsor Drive",
            "Chapel Hill",
            "Springfield Way",
            "Orchard Close",
            "North Street",
        ],
        _towns(
            "London SW1, London E1, London N1, Manchester M1, Birmingham B1, Leeds LS1, "
            "Glasgow G1, Edinburgh EH1, Bristol BS1, Liverpool L1, Cardiff CF1, Belfast BT1, "
            "Sheffield S1, Newcastle upon Tyne NE1, Nottingham NG1, Brighton BN1, Oxford OX1"
        ),
    ),
    "NL": Pool(
        _NL_WOMEN.split(),
        _NL_MEN.split(),
        _NL_SURNAMES,
        [
            "Kerkstraat",
            "Dorpsstraat",
            "Molenweg",
            "Schoolstraat",
            "Stationsweg",
            "Julianalaan",
            "Prinsengracht",
            "Beatrixlaan",
            "Lindelaan",
            "Marktplein",
            "Oranjestraat",
            "Nieuweweg",
        ],
        _towns(
            "Amsterdam 10, Rotterdam 30, Den Haag 25, Utrecht 35, Eindhoven 56, Groningen 97, "
            "Tilburg 50, Almere 13, Breda 48, Nijmegen 65, Haarlem 20, Maastricht 62"
        ),
    ),
    "ES": Pool(
        _ES_WOMEN.split(),
        _ES_MEN.split(),
        _ES_SURNAMES,
        [
            "Calle Mayor",
            "Avenida de la Constitución",
            "Calle Real",
            "Plaza de España",
            "Calle de Alcalá",
            "Paseo de Gracia",
            "Calle San José",
            "Avenida de Andalucía",
            "Calle Cervantes",
            "Calle del Carmen",
            "Ronda de Toledo",
            "Calle Nuñez de Balboa",
        ],
        _towns(
            "Madrid 280, Barcelona 080, Valencia 460, Sevilla 410, Zaragoza 500, Málaga 290, "
            "Murcia 300, Palma 070, Bilbao 480, Alicante 030, Córdoba 140, A Coruña 150, Cádiz 110"
        ),
    ),
    "US": Pool(
        _US_WOMEN.split(),
        _US_MEN.split(),
        _US_SURNAMES.split(),
        [
            "Main Street",
            "Oak Avenue",
            "Maple Drive",
            "Washington Street",
            "Park Avenue",
            "2nd Ave",
            "Sunset Boulevard",
            "Lake View Road",
            "Cedar Lane",
            "Elm Street",
            "Pine Ridge Court",
        ],
        _towns(
            "New York 100, Boston 021, Chicago 606, Los Angeles 900, San Francisco 941, "
            "Seattle 981, Austin 787, Denver 802, Miami 331, Portland 972, Atlanta 303"
        ),
    ),
}

MAIL_DOMAINS: dict[str, list[str]] = {
    "DE": ["gmx.de", "web.de", "t-online.de", "gmail.com", "posteo.de", "outlook.de"],
    "AT": ["gmx.at", "gmail.com", "aon.at", "outlook.at", "chello.at"],
    "CH": ["bluewin.ch", "gmail.com", "gmx.ch", "hispeed.ch"],
    "FR": ["orange.fr", "gmail.com", "free.fr", "laposte.net", "wanadoo.fr", "sfr.fr"],
    "GB": ["gmail.com", "btinternet.com", "outlook.com", "yahoo.co.uk", "sky.com"],
    "NL": ["ziggo.nl", "gmail.com", "kpnmail.nl", "hotmail.nl"],
    "ES": ["gmail.com", "telefonica.net", "hotmail.es", "yahoo.es"],
    "US": ["gmail.com", "yahoo.com", "outlook.com", "aol.com", "icloud.com"],
}
