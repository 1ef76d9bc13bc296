"""Branding: whose document it is, from a TOML file beside the audit; nothing of it is in code."""

import base64
import hashlib
import re
from functools import cached_property
from pathlib import Path

from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from auditkit.audit import Audit
from auditkit.errors import SettingsError
from auditkit.files import read_toml
from auditkit.sampling.plan import explain

BRAND = "brand.toml"
#: Kinds of picture that a logo may be, by the end of its name.
LOGOS = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".svg": "image/svg+xml"}
#: A larger logo would make every page as large.
LARGEST_LOGO = 500_000
#: Contrast with white that small text needs (WCAG 2.2, success criterion 1.4.3).
CONTRAST = 4.5


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Consultant(_Section):
    """Who hands the documents over."""

    name: str = ""
    contact: str = ""
    qualifications: str = ""


class Client(_Section):
    """Whom the documents are for."""

    name: str = ""
    attention: str = ""
    engagement: str = ""


class Look(_Section):
    """Logo (a file beside `brand.toml`) and leading colour."""

    logo: str = ""
    colour: str = "#0b4f8a"

    @field_validator("colour")
    @classmethod
    def _readable(cls, colour: str) -> str:
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
            raise ValueError('write the colour as six hexadecimal digits, such as "#0b4f8a"')
        found = contrast(colour, "#ffffff")
        if found < CONTRAST:
            raise ValueError(
                f"the colour's contrast with white is {found:.1f}; choose a darker one, so that "
                f"it reaches {CONTRAST}"
            )
        return colour.lower()


class Brand(_Section):
    """Everything that `brand.toml` may say."""

    consultant: Consultant = Consultant()
    client: Client = Client()
    look: Look = Look()
    privilege: str = ""
    statement: tuple[str, ...] = ()
    folder: Path = Field(default=Path(), exclude=True)

    @cached_property
    def logo(self) -> str:
        """The logo as embedded data, or nothing.

        Raises:
            SettingsError: if the file is missing, too large, or no picture of a kind that is read.
        """
        if not self.look.logo:
            return ""
        path = self.folder / self.look.logo
        kind = LOGOS.get(path.suffix.lower())
        if kind is None:
            raise SettingsError(
                f"{BRAND}, 'look.logo': {path.name} is not a picture that is read here. "
                f"Accepted: {', '.join(LOGOS)}."
            )
        try:
            content = path.read_bytes()
        except OSError as error:
            raise SettingsError(
                f"{BRAND}, 'look.logo': {path.name} is not there. Name a file beside {BRAND}."
            ) from error
        if len(content) > LARGEST_LOGO:
            raise SettingsError(
                f"{BRAND}, 'look.logo': {path.name} has {len(content):,} bytes; "
                f"{LARGEST_LOGO:,} at most are accepted."
            )
        return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"

    def mark(self) -> Markup:
        """Return logo and consultant's name as they stand at the head of a document."""
        if not (self.logo or self.consultant.name):
            return Markup("")
        picture = (
            Markup('<img src="{}" alt="{}">').format(self.logo, self.consultant.name or "Logo")
            if self.logo
            else ""
        )
        return Markup('<div class="mark">{}<p>{}</p></div>').format(picture, self.consultant.name)

    def css(self) -> str:
        """Return the style that the leading colour asks for."""
        return f":root {{ --brand: {self.look.colour}; --brand-tint: {self.look.colour}14; }}\n"

    def signature(self) -> str:
        """Return the hash of all that the brand puts on a page."""
        return hashlib.sha256((self.model_dump_json() + self.logo).encode()).hexdigest()


def brand_of(audit: Audit) -> Brand:
    """Return the branding of *audit*, from `brand.toml` in its folder; plain where there is none.

    Raises:
        SettingsError: naming each entry that is not accepted.
    """
    path = audit.path(BRAND)
    return read_brand(path) if path.is_file() else Brand()


def read_brand(path: Path) -> Brand:
    """Return the branding written in the TOML file *path*.

    Raises:
        SettingsError: naming each entry that is not accepted.
    """
    try:
        return Brand.model_validate(read_toml(path) | {"folder": path.parent})
    except ValidationError as error:
        raise SettingsError(explain(path.name, error)) from error


def contrast(one: str, two: str) -> float:
    """Return the contrast ratio of two colours written #rrggbb (WCAG 2.2, relative luminance)."""
    light, dark = sorted((_luminance(one), _luminance(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
