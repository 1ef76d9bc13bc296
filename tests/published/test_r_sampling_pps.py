"""Figures of R sampling 2.9: inclusionprobabilities and UPsystematic."""

import numpy as np
import pytest

from auditkit.stats.pps import inclusion_probabilities, pps_systematic

SIZES = [29.18, 65.6, 23.67, 269.15, 75.91, 24.04, 88.89, 114.24, 97.1, 40.23, 247.59, 80.63]


@pytest.mark.shared
@pytest.mark.parametrize("name", [pytest.param("PPS01", id="PPS01")])
def test_certainty_items_and_systematic_selection(case, name):
    """Two items are certain, one only after the first is set aside; two starts are followed."""
    given, expected = case(name)["input"], case(name)["expected"]

    chances = inclusion_probabilities(given["size"], given["n"])

    assert chances == pytest.approx(expected["pik"], abs=1e-9)
    for start, key in zip(given["random_start"], ("selected_u_035", "selected_u_09"), strict=True):
        drawn = pps_systematic(given["size"], given["n"], start=start)
        assert (drawn.rows + 1).tolist() == expected[key]
        assert (drawn.certainty + 1).tolist() == expected["certainty"]


def test_inclusion_probabilities_without_certainty():
    """inclusionprobabilities(sizes, 4), where no item is certain."""
    expected = [
        0.1009487731679683, 0.2269444660664400, 0.0818868218261073, 0.9311296195393649,
        0.2626121100473089, 0.0831668439670308, 0.3075166705586259, 0.3952154848083859,
        0.3359193240099288, 0.1391764614306842, 0.8565423834358216, 0.2789410411423333,
    ]  # fmt: skip

    assert inclusion_probabilities(SIZES, 4) == pytest.approx(expected, abs=1e-12)


def test_two_certainties_at_once():
    """inclusionprobabilities with two items far above the rest, n = 6."""
    sizes = [10_000, 9_000, 10, 20, 30, 40, 50, 60, 70, 80, 8]
    share = np.array([10, 20, 30, 40, 50, 60, 70, 80, 8]) * 4 / 368

    assert inclusion_probabilities(sizes, 6) == pytest.approx([1, 1, *share], abs=1e-12)


@pytest.mark.parametrize("start", [0.2655086631421, 0.18488225992769, 0.168041526339948])
def test_systematic_selection_follows_the_start(start):
    """UPsystematic with the three starts that R draws from seeds 1, 2 and 3."""
    assert (pps_systematic(SIZES, 4, start=start).rows + 1).tolist() == [2, 4, 8, 11]
