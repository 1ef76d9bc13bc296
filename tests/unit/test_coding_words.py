"""Words of records: found where a word starts, and never inside another."""

import pytest

from auditkit.coding.sites import read_site, site_group
from auditkit.coding.words import mentions


@pytest.mark.parametrize(
    ("text", "words", "found"),
    [
        ("flap planned for tomorrow", ["ned"], False),
        ("patient NED since 2021", ["ned"], True),
        ("narrowband UVB, targeted", ["tar"], False),
        ("coal tar applied", ["tar"], True),
        ("avulsed in part", ["avuls"], True),
        ("hidrocystoma", ["cyst"], False),
        ("epidermal cysts", ["cyst"], True),
        (None, ["cyst"], False),
        ("anything", [], False),
    ],
)
def test_a_word_is_found_where_it_starts(text, words, found):
    """Stems match the beginning of a word; words of three letters match whole words."""
    assert found is mentions(text, words)


@pytest.mark.parametrize(
    ("text", "side", "group"),
    [
        ("skin of the back", None, "trunk_arms_legs"),
        ("right upper eyelid skin", "right", "face"),
        ("R cheek", "right", "face"),
        ("L dorsal hand", "left", "scalp_neck_hands_feet_genitalia"),
        ("natal cleft", None, "trunk_arms_legs"),
        ("submental", None, "scalp_neck_hands_feet_genitalia"),
        ("palate", None, "face"),
        ("whole body", None, None),
    ],
)
def test_sites_are_read_in_the_words_of_notes(text, side, group):
    """Words that name no place beside another, and letters for sides, do not hide the site."""
    site = read_site(text)

    assert (side, group) == (site.side, site_group(site, "excision"))


def test_a_part_named_to_be_left_out_is_no_site():
    """Away from the margin of the lid is the lid."""
    assert ("eyelid",) == read_site("right lower eyelid away from lid margin").regions
