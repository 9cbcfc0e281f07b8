"""The licences of networks, as far as the project knows them."""

from ssimball.runs.crate.licences import Licence, licence

#: SPDX identifiers by the sha256 of the file of weights; config/networks names the sources.
_BY_SHA256 = {
    # efficientnet_lite0, efficientnet_lite1, efficientnet_lite2
    "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db": "Apache-2.0",
    "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850": "Apache-2.0",
    "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d": "Apache-2.0",
    # mobilenet_edgetpu_tf, mobilenet_v1_tf, mobilenet_v2_tf
    "a55cfde278258d34db1a76a611789c530e7793d6817c2f71a321f4b9e8a2ba7a": "Apache-2.0",
    "6e5f1678e95ad6fb365011a67069ed647149086e2328c1b974129327b4ef3ea9": "Apache-2.0",
    "45d91329384caf3ef21669359e3feeb91204ac7df63eed1abdbc4f55a833baf2": "Apache-2.0",
}


def network_licence(sha256: str | None) -> Licence | None:
    """Return the licence of a file of weights; None where it is not known.

    Args:
        sha256: of the file.
    """
    known = _BY_SHA256.get(sha256 or "")
    return None if known is None else licence(known)
