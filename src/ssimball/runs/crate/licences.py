"""Licences as people write them in a manifest, and as RO-Crate describes them."""

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
_PUBLIC_DOMAIN = {"zero": "CC0", "mark": "Public Domain Mark"}
#: Conditions of Creative Commons licences, by the parts of their names.
_CONDITIONS = {
    "by": "name the author",
    "sa": "share changed versions alike",
    "nc": "no commercial use",
    "nd": "no sharing of changed versions",
}
#: Names of software licences, by their SPDX identifiers.
_SPDX = {"MIT": "MIT License", "Apache-2.0": "Apache License 2.0", "BSD-3-Clause": "BSD 3-Clause"}


@dataclass(frozen=True)
class Licence:
    """A licence.

    Attributes:
        id: URL of its text, or an id within the crate where no URL is known.
        name: name for people.
        description: its conditions in short.
    """

    id: str
    name: str
    description: str

    @property
    def is_local(self) -> bool:
        """Whether the id is one within the crate, and no URL."""
        return self.id.startswith("#")

    @property
    def forbids_changes(self) -> bool:
        """Whether it does not allow to share changed versions, such as adversarial images."""
        return _CONDITIONS["nd"] in self.description


#: Of the photographs of ImageNet, wherever they come from: the licence of a package that brings
#: some of them is about its code.
IMAGENET = Licence(
    "https://www.image-net.org/download.php",
    "ImageNet's terms of access",
    "For non-commercial research and teaching, not to be passed on. The rights in a photograph are "
    "its author's, whom ImageNet does not name.",
)
#: Of images whose manifest states no licence.
NOT_STATED = Licence(
    "#licence-not-stated",
    "Licence not stated",
    "Nothing is known of the licence of these images. Whoever shares files that hold their pixels "
    "has to find out whether that is allowed.",
)


def licence(text: str) -> Licence:
    """Return the licence that a manifest or a command names.

    Args:
        text: a URL, a short name (``CC BY 2.0``) or an SPDX identifier (``MIT``). Any other text
            becomes a licence of that name.

    Examples:
        >>> licence("cc-by-4.0").id
        'https://creativecommons.org/licenses/by/4.0/'
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
        # Brackets and parentheses would end the link in Markdown.
        return Licence(quote(text, safe=":/?#@!$&'*+,;=%~"), text, "As the manifest names it.")
    return Licence(f"#licence-{quote(text, safe='')}", text, "As the manifest names it.")


def _creative_commons(kind: str, version: str, country: str | None = None) -> Licence:
    folder = f"{country.lower()}/" if country else ""
    suffix = f" {country.upper()}" if country else ""
    if kind in _PUBLIC_DOMAIN:
        url = f"https://creativecommons.org/publicdomain/{kind}/{version}/"
        name = f"{_PUBLIC_DOMAIN[kind]} {version}"
        return Licence(url, name, "Creative Commons: no rights reserved.")
    conditions = "; ".join(_CONDITIONS[p] for p in kind.split("-") if p in _CONDITIONS)
    url = f"https://creativecommons.org/licenses/{kind}/{version}/{folder}"
    name = f"CC {kind.upper()} {version}{suffix}"
    return Licence(url, name, f"Creative Commons, in short: {conditions}." if conditions else name)
