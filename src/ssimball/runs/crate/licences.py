"""Licences as people write them in a manifest, and what RO-Crate says of them."""

import re
from dataclasses import dataclass
from urllib.parse import quote

_CC_URL = re.compile(
    r"https?://(?:www\.)?creativecommons\.org/(?:licenses|publicdomain)/"
    r"([a-z-]+)/(\d\.\d)(?:/([a-z]{2,3}))?(?:/.*)?",
    re.IGNORECASE,
)
_CC_TEXT = re.compile(
    r"cc[ _-]?(by(?:[ _-](?:nc|nd|sa))*|0|zero|pdm)(?:[ _-](\d\.\d))?", re.IGNORECASE
)
_PUBLIC = {"zero": "CC0", "mark": "Public Domain Mark"}
_PARTS = {
    "by": "name the author",
    "sa": "share changed versions alike",
    "nc": "no commercial use",
    "nd": "no sharing of changed versions",
}
#: Of software, by SPDX's identifiers.
_SPDX = {"MIT": "MIT License", "Apache-2.0": "Apache License 2.0", "BSD-3-Clause": "BSD 3-Clause"}


@dataclass(frozen=True)
class Licence:
    """A licence: where it can be read (an id within the crate where that is not known)."""

    id: str
    name: str
    description: str

    @property
    def forbids_changes(self) -> bool:
        """Whether it does not allow to share changed versions, such as adversarial images."""
        return _PARTS["nd"] in self.description


#: Of images whose manifest says nothing.
NOT_STATED = Licence(
    "#licence-not-stated",
    "Licence not stated",
    "Nothing is known of the licence of these images. Whoever shares files that hold their pixels "
    "has to find out whether that is allowed.",
)


def licence(text: str) -> Licence:
    """A licence by its URL, its short name (``CC BY 2.0``) or SPDX identifier (``MIT``).

    Anything else is kept as it is written, URLs as what they are.
    """
    text = text.strip()
    url, short = _CC_URL.fullmatch(text), _CC_TEXT.fullmatch(text)
    if not text:
        return NOT_STATED
    if url is not None:
        return _creative_commons(url[1].lower(), url[2], url[3])
    if short is not None and (short[2] or short[1].lower() in ("0", "zero", "pdm")):
        kind = re.sub("[ _]", "-", short[1].lower())
        return _creative_commons({"0": "zero", "pdm": "mark"}.get(kind, kind), short[2] or "1.0")
    if text in _SPDX:
        return Licence(f"https://spdx.org/licenses/{text}", _SPDX[text], f"SPDX: {text}")
    if re.match("https?://", text):
        return Licence(quote(text, safe=":/?#[]@!$&'()*+,;=%~"), text, "As the manifest names it.")
    return Licence(f"#licence-{quote(text, safe='')}", text, "As the manifest names it.")


def _creative_commons(kind: str, version: str, country: str | None = None) -> Licence:
    where = f"{country.lower()}/" if country else ""
    of = f" {country.upper()}" if country else ""
    if kind in _PUBLIC:
        url = f"https://creativecommons.org/publicdomain/{kind}/{version}/"
        return Licence(url, f"{_PUBLIC[kind]} {version}", "Creative Commons: no rights reserved.")
    terms = "; ".join(_PARTS[part] for part in kind.split("-") if part in _PARTS)
    url = f"https://creativecommons.org/licenses/{kind}/{version}/{where}"
    name = f"CC {kind.upper()} {version}{of}"
    return Licence(url, name, f"Creative Commons, in short: {terms}." if terms else name)
