"""Words around a gene's name: what it is, where it is, what is done to it.

Knows English; does not know which genes exist.
"""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

Kind = Literal["plain", "place", "title", "deed", "pathway", "class", "family", "plural"]

_BEFORE = r"""
human mouse murine rat mutant mutated wild[-\ ]?type wt total recombinant full-length truncated
cleaved active activated inactive oxidi[sz]ed acetylated ubiquitinated endogenous exogenous
phospho phosphorylated hyperphosphorylated misfolded aggregated oligomeric fibrillar pathological
pathogenic anti(?=-) lncRNA lincRNA circRNA microRNA gene protein the dual selective low high
elevated reduced decreased increased impaired defective deficient aberrant
"""
_PLACES = r"""
soluble secreted membrane-bound nuclear cytosolic cytoplasmic extracellular intracellular
lysosomal endosomal synaptic presynaptic postsynaptic extrasynaptic mitochondrial neuronal
microglial astrocytic astroglial oligodendroglial endothelial hepatic cardiac peripheral central
circulating serum plasma CSF brain
"""
_AFTER = r"""
genes? proteins? mRNA transcripts? mutants? mutations? variants? (?:[A-Z]\d?\ )?alleles? locus
loci polymorphisms? haploinsufficiency isoforms? (?:soluble\ )?oligomers? monomers? dimers?
tetramers? aggregates? aggregation (?:pre-?formed\ |proto-?)?fibrils? inclusions? pathology seeds?
seeding inflammasome promoter enhancer expansions? levels? expression activity function homologs?
orthologs? paralogs? subunits? cryptic\ exons? exon\ \d+(?:\ skipping|\ inclusion)?
(?:mis-?)?splicing haplotypes? (?:du|tri|multi)plication amplification carriers
risk\ (?:variants?|alleles?|haplotypes?) phosphorylation acetylation ubiquitination cleavage
domain dosage mice mouse rats models? currents? in\ (?:the\ )?[a-z][a-z\ -]+
(?:[ACGT]{3,6}\ |(?:hexa|tri)nucleotide\ |G4C2\ |n\ )?(?:repeats?|repeat\ expansions?)
"""
_DEEDS = r"""
inhibitors? inhibition antagonists? antagonism agonists? agonism activators? activation
modulators? modulation degraders? degradation antibody antibodies ASOs? siRNA shRNA knock-?down
knock-?out KO KD GOF LOF knock-?in silencing suppression lowering reduction over-?expression
(?:up|down)-?regulation depletion deletion ablation loss (?:loss|gain)[-\ ]of[-\ ]function
deficiency blockade blockers? openers? potentiators? potentiation correctors?
stabili[sz](?:ers?|ation) enhancement restoration replacement supplementation gene\ therapy
vaccine PAMs? NAMs? PROTACs? inducers? induction mimetics? analogu?es? desensiti[sz]ation
"""
_VERBS = r"""
inhibit activat antagoni[sz] block silenc suppress delet deplet reduc lower decreas increas enhanc
boost restor rescu stabili[sz] degrad modulat target stimulat induc over-?express
(?:up|down)-?regulat normali[sz] correct replac inactivat neutrali[sz]
"""
_PATHWAYS = r"""
(?:signall?ing\ )?(?:pathway|axis|cascade) (?:trans-?)?signall?ing
"""
CLASSES = (
    "kinase", "receptor", "channel", "enzyme", "transporter", "phosphatase", "protease", "ligand",
    "cytokine",
)  # fmt: skip
_TITLES = r"""
proteins? antigen regulator ligase factor glycoprotein receptor enzyme channel subunit
transporter (?!disease|database|case|phase|base|increase|decrease|release)\S+ase
"""
_KIN = r"""
family(?:\ members|\ proteins)? families proteins complex complexes subunits? kinases receptors
channels transporters isoforms genes
"""


def _any(words: str) -> str:
    return "|".join(re.split(r"(?<!\\)\s+", words.strip()))


_OF = rf"""
    (?P<words>(?:{_any(_VERBS)})(?:e?\ (?:in|of)|ing\ of|(?:at|it)?ion\ of|e?ment\ of|es?|ed|ing)?
    |(?:{_any(_DEEDS)}|{_any(_AFTER)})\ (?:of\ function\ )?(?:of|to|against|for|in))
    \s+(?:the\ )?(?P<stem>\S+?(?:\s\S+)?)(?:\ function|\ activity)?
"""
_SHAPES: tuple[tuple[Kind, str], ...] = (
    ("plain", rf"(?P<stem>.+?)[\s-]+(?P<words>{_any(_AFTER)})"),
    ("deed", rf"(?P<stem>.+?)[\s-]+(?P<words>{_any(_DEEDS)})"),
    ("deed", _OF),
    ("pathway", rf"(?P<stem>.+?)[\s-]+(?P<words>{_any(_PATHWAYS)})"),
    ("class", rf"(?P<stem>.+?)[\s-]+(?P<words>{'|'.join(CLASSES)})"),
    ("family", rf"(?P<stem>.+?)[\s-]+(?P<words>{_any(_KIN)})"),
    ("plain", rf"(?P<words>{_any(_BEFORE)})[\s-]+(?P<stem>.+)"),
    ("place", rf"(?P<words>{_any(_PLACES)})[\s-]+(?P<stem>\S+)"),
    ("plain", r"(?P<stem>.+?)(?P<words>-containing\s.+)"),
    ("title", rf"(?P<words>(?:.+\s)?(?:{_any(_TITLES)}))\s(?P<stem>\S+(?:\s\d+)?)"),
    ("plural", r"(?P<stem>.+?)(?P<words>s)"),
)
_PATTERNS = tuple((kind, re.compile(shape, re.IGNORECASE | re.VERBOSE)) for kind, shape in _SHAPES)


class Phrase(NamedTuple):
    """One way to read a name as a stem with words beside it."""

    stem: str
    words: str
    kind: Kind


def phrases(written: str) -> Iterator[Phrase]:
    """Return the ways to set words beside a name aside, the most literal first."""
    for kind, pattern in _PATTERNS:
        match = pattern.fullmatch(written)
        if match:
            yield Phrase(match["stem"], match["words"], kind)
