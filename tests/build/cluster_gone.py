"""Build on a cluster whose head is killed in mid-build: prints the error as the command line does."""

from __future__ import annotations

import os
import sys

import policygraph.cluster
from policygraph.cli import main

STORE = 80 * 1024**2


def build_and_lose_the_head(corpus, data):
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "object_store_memory": STORE, "include_dashboard": False})
    head = cluster.head_node.all_processes["gcs_server"][0].process
    wait_for = policygraph.cluster.RayCluster._await

    def kill_and_wait(self, waiting):
        found = wait_for(self, waiting)
        head.kill()
        head.wait()
        return found

    policygraph.cluster.RayCluster._await = kill_and_wait
    options = ["--no-encoder", "--executor", "ray", "--address", cluster.address, "--cluster-seconds", "2"]
    sys.argv[1:] = ["build", corpus, "-o", data, *options]
    main()


if __name__ == "__main__":
    build_and_lose_the_head(*sys.argv[1:])
