"""What becomes of every target string in a list of hypotheses?

`python benchmarks/target_strings.py HYPOTHESES.jsonl … > docs/targets.md` writes the report: parts
by status, every string that is not settled, every hop that is not the symbol itself.
"""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import get_args

from debate.targets import Resolution, Target, resolve_targets, shipped
from debate.targets.record import Status

HEAD = """# Target strings

What a target string may look like, what becomes of it, and what became of {count} real ones. Made
by `python benchmarks/target_strings.py HYPOTHESES.jsonl … > docs/targets.md`; do not edit.

The gene table is HGNC's release of {date} with FamPlex's families and protein names, and a short
house list, together of digest `{digest}`. Both are in the package; nothing is fetched. How fast it
is stands in [the benchmark](../benchmarks/targets.md).

## Statuses

| status | the written form is | stands for |
|---|---|---|
| approved | an approved symbol in its own case; it always wins, and the note tells who else uses it | the gene |
| case | the symbol in other case, punctuation or Greek letters; mouse and rat casing is named | the gene |
| previous | a symbol that HGNC replaced, also behind a spreadsheet's date where only one fits | the gene |
| alias | an alias in HGNC or the house list, an identifier, a choice by the caller | the gene |
| name | the approved name in any order of words, or a protein's name in FamPlex | the gene |
| withdrawn | a symbol that was withdrawn | its successor, or nothing |
| family | a family or complex | all members, debated as one |
| ambiguous | a name with several bearers, or letters that seldom mean the gene | nothing until a choice: `--resolve RAGE=AGER`, or `ROS=none` |
| unknown | no name in the table | nothing; the nearest symbols are suggested |

A hypothesis whose targets are all unknown is refused before anything is paid; with
`--allow-unknown-targets` it is debated, and marked *no gene* wherever it is shown. The listing keeps
the string as submitted, the store keeps both.

Not read as a gene on purpose: English words that are not in capitals (rest, impact, Cat); aliases
of one to three letters (KO, PCA, MDS), but for some seventy that do mean their gene (DAT, FAK, ASC);
letters that mostly name a disease, a method or a cell line (ALS, MRI, HEK); an alias of one gene
that was the symbol of another (RAGE, DEC1, TAZ).

## What is read beside plain names

| written | read as |
|---|---|
| PSEN1/2, DNMT1/3A/3B, 5-HT1A/7, CK1d/e, IL-17A/F | the fragment takes the stem before it |
| D1/D2 receptors, muscarinic M1/M4, CDK4/6 inhibition | neighbours share their words |
| VCP/p97, RAGE/AGER | one gene under two names, where one of them settles the other |
| FGFR1-4, KDM4A-C | a range, where every name in it is a gene |
| KEAP1-NRF2, BCR-ABL, PINK1-Parkin, KEAP1:NRF2 | a pair, where every half is a gene |
| α7 nAChR, GABA-A α5, 5-HT3 receptor, integrin αvβ3 | subtypes and subunits of receptors |
| LRRK2 G2019S, F508del-CFTR, APOE ε4, HLA-B*27:05 | the gene, with the variant in the note |
| p-tau181, pSTAT3, eIF2α-P, CLDN18.2, proBDNF, sAPPα | the gene, with the form in the note |
| inhibition of GSK3B, mGluR5 NAM, TREM2 in microglia | the gene, with the words in the note |
| D1 agonist, GLP-1 agonist | the receptor |
| SIRT, PDE9 | the genes whose symbols number the stem |
| Wnt signalling, NF-κB pathway | the family; a pathway named by one gene's product stays unknown |
| TREM2-dependent phagocytosis, interactors of LRRK2 | unknown, with the symbol suggested |

## A newer table

```console
$ python -m debate.targets.refresh --hgnc hgnc_complete_set.txt --withdrawn withdrawn.txt \\
      --famplex famplex/ -o genes.sqlite
```

The first two are HGNC's downloads "complete HGNC dataset" and "withdrawn", in their tab-separated
form, gzipped or not; `famplex/` is the folder with FamPlex's `grounding_map.csv`, `relations.csv`
and `entities.csv`. The date is the newest `date_modified`, or what `--date` says. The same files
give the same bytes. Put the file in the place of `debate/data/genes.sqlite`, or hand it over as
`resolve_targets(text, table=Nomenclature(path, house=…))`. The shipped table was made with this
command from the release of {date}.
"""  # noqa: E501 - a row of a table is a line


def written(path: Path) -> list[str]:
    """Return the target string of every row of a file, empty where it has none."""
    rows = [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]
    return [row.get("target" if "target" in row else "target_genes") or "" for row in rows]


def cell(text: str) -> str:
    """Return text that cannot break out of a table's cell."""
    return text.replace("|", "\\|").replace("\n", " ")


def counts(found: list[Resolution]) -> str:
    """Return a row of parts by status."""
    statuses = Counter(part.status for each in found for part in each.parts)
    return " | ".join(str(statuses[status]) for status in get_args(Status))


def shown(part: Target) -> str:
    """Return a part's genes, or its candidates with a question mark."""
    members = f"{len(part.members)} genes" if part.members else ""
    return part.symbol or members or (f"? {', '.join(part.candidates)}" if part.candidates else "–")


def main() -> None:
    """Print the report on the files named on the command line."""
    paths = [Path(name) for name in sys.argv[1:]]
    rows = {path: written(path) for path in paths}
    resolved = {
        path: [resolve_targets(text) for text in sorted({*texts} - {""})]
        for path, texts in rows.items()
    }
    every = [resolution for found in resolved.values() for resolution in found]
    table = shipped()
    print(HEAD.format(count=f"{len(every):,}", date=table.date, digest=table.digest[:16]))
    print("## Counts\n\nA part is counted once for every different string.\n")
    print(f"| from | rows | with a target | strings | {' | '.join(get_args(Status))} |")
    print("|---|---|---|---|" + "---|" * len(get_args(Status)))
    for path, found in resolved.items():
        named = sum(map(bool, rows[path]))
        numbers = f"{len(rows[path]):,} | {named:,} | {len(found):,} | {counts(found)}"
        print(f"| {path.parent.name} | {numbers} |")
    print("\n## Every part that is not settled\n")
    print("| string | part | status | suggested | why |\n|---|---|---|---|---|")
    for resolution in every:
        for part in resolution.parts:
            if not part.genes:
                line = (resolution.text, part.written, part.status, shown(part), part.note)
                print(f"| {' | '.join(map(cell, line))} |")
    print("\n## Every hop\n")
    print("| written | status | stands for | hop |\n|---|---|---|---|")
    hops = {(p.written, p.status, shown(p), p.hop) for r in every for p in r.parts if p.genes}
    for hop in sorted(hop for hop in hops if hop[1] != "approved"):
        print(f"| {' | '.join(map(cell, hop))} |")


if __name__ == "__main__":
    main()
