"""Languages of imported records as tags for routing to compare: certain tags only.

HSDS takes ISO 639-1 or 639-3 codes; a client's tag is BCP 47, which wants the two-letter code where a two-letter code
exists. So `spa` must become `es`, or a Spanish speaker would be told that no agency speaks Spanish.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Self

import yaml

from policies.messages import Language, Message
from service.vocabulary import SIGN_LANGUAGES, normal_term

_INTERPRETED = Path(__file__).with_name("interpreted.yaml")
_LONGEST_TAG = 35  # BCP 47 (RFC 5646), section 4.4.1
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.ASCII)

# ISO 639-1 code = its ISO 639-3 code, and the bibliographic one of ISO 639-2 where that differs.
_CODES = """
aa=aar ab=abk ae=ave af=afr ak=aka am=amh an=arg ar=ara as=asm av=ava ay=aym az=aze ba=bak be=bel bg=bul bi=bis
bm=bam bn=ben bo=bod/tib br=bre bs=bos ca=cat ce=che ch=cha co=cos cr=cre cs=ces/cze cu=chu cv=chv cy=cym/wel
da=dan de=deu/ger dv=div dz=dzo ee=ewe el=ell/gre en=eng eo=epo es=spa et=est eu=eus/baq fa=fas/per ff=ful
fi=fin fj=fij fo=fao fr=fra/fre fy=fry ga=gle gd=gla gl=glg gn=grn gu=guj gv=glv ha=hau he=heb hi=hin ho=hmo
hr=hrv ht=hat hu=hun hy=hye/arm hz=her ia=ina id=ind ie=ile ig=ibo ii=iii ik=ipk io=ido is=isl/ice it=ita iu=iku
ja=jpn jv=jav ka=kat/geo kg=kon ki=kik kj=kua kk=kaz kl=kal km=khm kn=kan ko=kor kr=kau ks=kas ku=kur kv=kom
kw=cor ky=kir la=lat lb=ltz lg=lug li=lim ln=lin lo=lao lt=lit lu=lub lv=lav mg=mlg mh=mah mi=mri/mao mk=mkd/mac
ml=mal mn=mon mr=mar ms=msa/may mt=mlt my=mya/bur na=nau nb=nob nd=nde ne=nep ng=ndo nl=nld/dut nn=nno no=nor
nr=nbl nv=nav ny=nya oc=oci oj=oji om=orm or=ori os=oss pa=pan pi=pli pl=pol ps=pus pt=por qu=que rm=roh rn=run
ro=ron/rum ru=rus rw=kin sa=san sc=srd sd=snd se=sme sg=sag si=sin sk=slk/slo sl=slv sm=smo sn=sna so=som
sq=sqi/alb sr=srp ss=ssw st=sot su=sun sv=swe sw=swa ta=tam te=tel tg=tgk th=tha ti=tir tk=tuk tl=tgl tn=tsn
to=ton tr=tur ts=tso tt=tat tw=twi ty=tah ug=uig uk=ukr ur=urd uz=uzb ve=ven vi=vie vo=vol wa=wln wo=wol xh=xho
yi=yid yo=yor za=zha zh=zho/chi zu=zul
"""
# Code = the English names that mean this language and no other.
_NAMES = """
aa=Afar ab=Abkhazian af=Afrikaans ak=Akan am=Amharic an=Aragonese ar=Arabic as=Assamese
ase=American_Sign_Language av=Avaric ay=Aymara az=Azerbaijani ba=Bashkir be=Belarusian bg=Bulgarian bi=Bislama
bm=Bambara bn=Bengali bo=Tibetan br=Breton bs=Bosnian ca=Catalan ce=Chechen ch=Chamorro co=Corsican cr=Cree
cs=Czech cv=Chuvash cy=Welsh da=Danish de=German dv=Divehi dz=Dzongkha ee=Ewe el=Greek en=English eo=Esperanto
es=Spanish et=Estonian eu=Basque fa=Persian/Farsi ff=Fulah fi=Finnish fj=Fijian fo=Faroese fr=French
fy=Western_Frisian ga=Irish gd=Scottish_Gaelic gl=Galician gn=Guarani gu=Gujarati gv=Manx ha=Hausa he=Hebrew
hi=Hindi hr=Croatian ht=Haitian/Haitian_Creole hu=Hungarian hy=Armenian hz=Herero id=Indonesian ig=Igbo
ik=Inupiaq is=Icelandic it=Italian iu=Inuktitut ja=Japanese jv=Javanese ka=Georgian kg=Kongo ki=Kikuyu
kj=Kuanyama kk=Kazakh kl=Kalaallisut km=Khmer kn=Kannada ko=Korean kr=Kanuri ks=Kashmiri ku=Kurdish kv=Komi
kw=Cornish ky=Kirghiz/Kyrgyz lb=Luxembourgish lg=Ganda/Luganda li=Limburgan ln=Lingala lo=Lao lt=Lithuanian
lu=Luba-Katanga lv=Latvian mg=Malagasy mh=Marshallese mi=Maori mk=Macedonian ml=Malayalam mn=Mongolian
mr=Marathi ms=Malay mt=Maltese my=Burmese nb=Norwegian_Bokmål ne=Nepali ng=Ndonga nl=Dutch nn=Norwegian_Nynorsk
no=Norwegian nv=Navajo ny=Chichewa oc=Occitan oj=Ojibwa om=Oromo or=Odia os=Ossetian pa=Panjabi/Punjabi
pl=Polish ps=Pushto/Pashto pt=Portuguese qu=Quechua rm=Romansh rn=Rundi/Kirundi ro=Romanian ru=Russian
rw=Kinyarwanda sc=Sardinian sd=Sindhi se=Northern_Sami sg=Sango si=Sinhala sk=Slovak sl=Slovenian sm=Samoan
sn=Shona so=Somali sq=Albanian sr=Serbian ss=Swati su=Sundanese sv=Swedish sw=Swahili/Kiswahili ta=Tamil
te=Telugu tg=Tajik th=Thai ti=Tigrinya tk=Turkmen tl=Tagalog tn=Tswana to=Tongan tr=Turkish ts=Tsonga tt=Tatar
tw=Twi ty=Tahitian ug=Uighur/Uyghur uk=Ukrainian ur=Urdu uz=Uzbek ve=Venda vi=Vietnamese wa=Walloon wo=Wolof
xh=Xhosa yi=Yiddish yo=Yoruba za=Zhuang zh=Chinese zu=Zulu
acr=Achi cak=Kaqchikel ixl=Ixil jac=Popti' kek=Q'eqchi' kjb=Q'anjob'al mam=Mam mix=Mixtepec_Mixtec nah=Nahuatl
poh=Poqomchi' quc=K'iche' trc=Copala_Triqui zap=Zapotec
"""
# Languages within one that has a two-letter code: whether `cmn` serves a client known as `zh` nobody here can say.
# And codes that name no language: undetermined, several, uncoded, no words at all.
_NOT_CERTAIN = """
und mul mis zxx cmn yue nan hak wuu hsn gan cdo arb ary arz apc apd acm ajp aeb afb pes prs swh swc azj azb zsm uzn
uzs pbt pst pbu kmr ckb sdh gaz quz quy quh qug ayr pnb npi ekk lvs als khk ory ydd plt gug fuf fub ojb
"""


def _table(text: str) -> dict[str, str]:
    rows = (row.split("=") for row in text.split())
    return {word.replace("_", " "): code for code, words in rows for word in words.split("/")}


_UNCERTAIN_CODES = frozenset(_NOT_CERTAIN.split())
_CODE_OF_CODE = _table(_CODES)
_CODE_OF_NAME = {normal_term(name): code for name, code in _table(_NAMES).items()}


def language_tag(code: object) -> str | None:
    """Return the BCP 47 tag that a language code means for certain, None without a certain tag.

    >>> language_tag("spa"), language_tag("es-MX"), language_tag("mul")  # several languages: no certain tag
    ('es', 'es-MX', None)
    """
    if not isinstance(code, str) or len(code) > _LONGEST_TAG or not _TAG.fullmatch(code.strip()):
        return None
    language, *subtags = code.strip().split("-")
    language = language.lower()
    if language in _UNCERTAIN_CODES:
        return None
    return "-".join((_CODE_OF_CODE.get(language, language), *subtags))


def tag_of_name(name: str) -> str | None:
    """Return the BCP 47 tag of the language that an English name means, None for an ambiguous name.

    >>> tag_of_name("Spanish"), tag_of_name("Creole")
    ('es', None)
    """
    return _CODE_OF_NAME.get(normal_term(name))


def spoken_of(interpreted: Sequence[str] | None) -> tuple[str, ...]:
    """Return the spoken languages of telephone interpreters; None: the commonly offered languages.

    >>> spoken_of(["es", "ase"]), "vi" in spoken_of(None)
    (('es',), True)
    """
    offered = _commonly_interpreted() if interpreted is None else interpreted
    return tuple(tag for tag in offered if tag.lower().split("-", maxsplit=1)[0] not in SIGN_LANGUAGES)


@cache
def _commonly_interpreted() -> tuple[str, ...]:
    return tuple(yaml.safe_load(_INTERPRETED.read_text(encoding="utf-8"))["languages"])


class LanguageName(Message):
    """The name of a language by its code."""

    __slots__ = ("code",)
    code: str

    @classmethod
    def of(cls, code: str, english: str) -> Self:
        """Return the name of a language."""
        name = cls._of_template(english, english, "language", {})
        name.code = code
        return name

    def written_in(self, language: Language) -> str:
        """Return the name in a language: as its catalogue has it, else as the Unicode locale data has it. Pure."""
        own = super().written_in(language)
        return own if own != self.template else names_in_cldr(language.locale).get(self.code, own)


def name_of_tag(tag: str) -> str:
    """Return the name of a BCP 47 tag's language; the tag itself for a language without a name anywhere.

    >>> name_of_tag("es-MX"), name_of_tag("quc"), name_of_tag("zza"), name_of_tag("sgn-ase"), name_of_tag("sgn")
    ('Spanish', "K'iche'", 'Zaza', 'American Sign Language', 'Sign language')
    """
    language, _, subtags = tag.lower().partition("-")
    if language == "sgn":
        return name_of_tag(subtags) if subtags else LanguageName.of(language, "Sign language")
    for code in (tag.lower(), language):
        if code in _NAME_OF_CODE:
            return LanguageName.of(code, _NAME_OF_CODE[code])
    english = names_in_cldr("en").get(language)
    return tag if english is None else LanguageName.of(language, english)


def own_name(code: str) -> str:
    """Return how a language is called in itself, its code where nobody has a name for it.

    >>> own_name("es"), own_name("vi"), own_name("mam")
    ('Español', 'Tiếng Việt', 'Mam')
    """
    name = names_in_cldr(code).get(code) or name_of_tag(code)
    return name[:1].upper() + name[1:]


def codes_of_our_own() -> list[str]:
    """Return the codes of the languages that have a name here and none in the Unicode locale data.

    >>> codes_of_our_own()[:2]
    ['acr', 'cak']
    """
    return [code for code in _NAME_OF_CODE if code not in names_in_cldr("en")]


@cache
def names_in_cldr(language: str) -> Mapping[str, str]:
    """Return the names of languages by code, in a language, of the Unicode locale data.

    >>> names_in_cldr("es")["mas"]
    'masái'
    """
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - takes long, and most answers name common languages

    try:
        return {code: name for code, name in Locale(language).languages.items() if code.isalpha()}
    except UnknownLocaleError:
        return {}


_NAME_OF_CODE = {row.split("=")[0]: row.split("=")[1].split("/")[0].replace("_", " ") for row in _NAMES.split()}
