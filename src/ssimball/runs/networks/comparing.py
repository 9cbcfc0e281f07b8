"""Compare networks by the tables of their runs."""

from collections.abc import Sequence

import pandas as pd

from ssimball.overlap.stored_maps import are_exact
from ssimball.report.networks.model import ComparedNetwork, Comparison
from ssimball.report.networks.statements import TRANSFER, Roles, Statement, statements
from ssimball.runs.endpoints import Endpoint, values_of
from ssimball.runs.networks.opening import NetworkRun
from ssimball.runs.networks.transfer import Judged, largest_difference, rows_of
from ssimball.statistics.networks import Values, across_networks, on_networks
from ssimball.statistics.transfer import shares_fooled, summarise_transfer
from ssimball.storage.contracts.images import CLEAN
from ssimball.storage.contracts.maps import EXPLANATIONS
from ssimball.storage.tables import read_frames, tensor_shape


def compare_networks(networks: Sequence[NetworkRun], judged: Sequence[Judged]) -> Comparison:
    """Compare networks.

    Args:
        networks: the runs, of equal settings.
        judged: the rows of their :func:`ssimball.runs.networks.transfer.transfer`.

    Raises:
        ArtifactError: a run lacks a table.
    """
    first = networks[0]
    roles = Roles.of(first.run.study, first.ball)
    made = tuple(statements(roles))
    transferred = pd.DataFrame(rows_of(judged))
    values = {
        statement.name: {
            network.name: _values(network, statement, transferred) for network in networks
        }
        for statement in made
    }
    tested = [statement.name for statement in made if statement.tested]
    inference = {network.name: network.inference for network in networks}
    estimates = on_networks(values, tested, inference)
    return Comparison(
        images=len(first.run.subset),
        networks=tuple(map(_compared, networks)),
        mean_ssim=first.run.study.comparison.mean_ssim,
        confidence=first.inference.confidence,
        roles=roles,
        statements=made,
        estimates=estimates,
        across=across_networks(estimates, values, first.inference),
        transfer=summarise_transfer(transferred, first.inference),
        remade_within=largest_difference(networks, judged),
    )


def _values(network: NetworkRun, statement: Statement, transferred: pd.DataFrame) -> Values:
    """Return the value of a statement for each image of a network that has one."""
    if statement.endpoint == TRANSFER:
        columns = [statement.of, *([] if statement.minus is None else [statement.minus])]
        # An attack that has stored no image has no column.
        shares = shares_fooled(transferred, network.name).reindex(columns=columns).dropna()
        return shares.iloc[:, 0] - shares.iloc[:, 1:].sum(axis=1)
    endpoint = Endpoint(statement.endpoint, statement.of, statement.minus)
    return values_of(network.run, endpoint)


def _compared(network: NetworkRun) -> ComparedNetwork:
    run = network.run
    paths = [run.folder / EXPLANATIONS.at(explanation="cam", shard=shard) for shard in run.shards]
    height, width = max(tensor_shape(path, EXPLANATIONS, "map") for path in paths)
    correct = read_frames(run.files(CLEAN), CLEAN, ["correct"])["correct"]
    return ComparedNetwork(
        name=network.name,
        correct=int(correct.eq(True).sum()),
        cells=(height, width),
        is_exact=are_exact(paths),
    )
