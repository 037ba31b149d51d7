"""The page in a bundle that says what is in it and what is not, in two languages."""

TEXT = (
    """\
DEMITASSE : FICHIER POUR L’ASSISTANCE
=====================================

Vous pouvez lire tout ce que contient ce fichier : ce sont des textes courts. Rien n’est parti
de chez vous. C’est vous qui le donnez, à qui vous voulez, ou à personne.

Ce qu’il contient
  versions.json   les versions des programmes, et le genre d’ordinateur
  config.json     quelques réglages techniques, en nombres ou en mots convenus
  consent.json    combien d’accords donnent quelle réponse, sans dire lesquels
  check.json      le résultat de « demitasse check », en mots convenus
  counts.json     des nombres : messages en attente, lignes du registre, octets écrits,
                  et l’empreinte de la dernière ligne du registre
  log.json        combien de fois la liaison a été trouvée, perdue, et des faits semblables

Ce qu’il ne contient pas
  aucun nom, aucune adresse, aucun téléphone, aucun dossier de cet ordinateur
  aucun café, aucune heure, aucune habitude, aucune question, aucune réponse
  aucun message, même scellé ; aucune clé ; pas le numéro de cet appareil


DEMITASSE: A FILE FOR SUPPORT
=============================

You can read all that is in this file: it is short texts. Nothing has left your home. You are
the one who gives it, to whom you like, or to nobody.

What is in it
  versions.json   the versions of the programs, and the kind of computer
  config.json     some technical settings, as numbers or words from a fixed list
  consent.json    how many consents get which answer, without saying which ones
  check.json      the result of "demitasse check", in words from a fixed list
  counts.json     numbers: messages that wait, lines of the ledger, bytes written, and the
                  fingerprint of the ledger's last line
  log.json        how often the line was found, lost, and facts like these

What is not in it
  no name, no address, no telephone number, no folder of this computer
  no coffee, no time of day, no habit, no question, no answer
  no message, not even sealed; no key; not the number of this device
""".replace(" :", "\N{NO-BREAK SPACE}:")
    .replace(" ;", "\N{NO-BREAK SPACE};")
    .replace("« ", "«\N{NO-BREAK SPACE}")
    .replace(" »", "\N{NO-BREAK SPACE}»")
)
