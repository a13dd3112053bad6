"""Seeds side by side are the seeds one after the other: in processes, and on a cluster that loses a worker."""

import os
import pickle
import signal
import subprocess
import sys
import time
from functools import partial

import cloudpickle
import pytest

import sim
from sim.assembly import bytes_of_a_borrower
from sim.engine import room as rooms
from sim.inputs import load_scenario
from sim.study import parallel
from sim.study.parallel import ClusterError, over_seeds, workers_for
from tests.own_mechanism import GIFT

SMALL = {"borrowers.count": 400, "months": 5, "warm_up_months": 2}


def frankly(lasting, trust, trust_effect, access, missed, arrears_effect, push, noise):
    return lasting + push + noise


@pytest.fixture(scope="module")
def plain():
    return sim.run("mild_recession", seeds=3, set=SMALL, workers=1)


def test_two_processes_give_the_same_results(plain):
    done = []
    both = sim.run("mild_recession", seeds=3, set=SMALL, workers=2, month_done=lambda k, m, n: done.append((k, m, n)))
    assert both.results_hash() == plain.results_hash()
    assert sorted(done) == [(0, 5, 5), (1, 5, 5), (2, 5, 5)]
    assert both.borrowers.equals(plain.borrowers)


def test_rules_and_mechanisms_travel():
    given = {"rules": {"willingness": frankly}, "mechanisms": [GIFT]}
    runs = [sim.run("mild_recession", seeds=2, set=SMALL, workers=k, **given) for k in (1, 2)]
    assert runs[0].results_hash() == runs[1].results_hash()
    assert runs[0].from_outside == runs[1].from_outside


def test_a_comparison_shares_its_seeds_too():
    tables = [sim.compare("mild_recession", ["standard", "strict"], seeds=4, set=SMALL, workers=k) for k in (1, 2)]
    assert tables[0].table.equals(tables[1].table)
    assert tables[0].counterfactual.equals(tables[1].counterfactual)
    assert tables[0].effects.equals(tables[1].effects)


def test_results_come_back_from_a_pickle(plain):
    again = pickle.loads(pickle.dumps(plain))
    assert again.results_hash() == plain.results_hash()
    assert again.manifest()["metrics"] == plain.manifest()["metrics"]
    assert again.borrowers.equals(plain.borrowers)


def test_small_studies_stay_in_one_process_and_long_ones_share(monkeypatch):
    monkeypatch.setattr(parallel, "cores", lambda: 4)
    small, large = (load_scenario("baseline", overrides=[f"borrowers.count={n}"]) for n in (1_000, 500_000))
    assert workers_for(small, 5, 5, None) == 1
    assert workers_for(large, 20, 20, None) == 4
    assert workers_for(large, 3, 3, None) == 3
    assert workers_for(small, 5, 5, 2) == 2
    with pytest.raises(ValueError, match="at least one worker"):
        workers_for(small, 5, 5, 0)


def test_a_failing_seed_is_told_from_a_process_too():
    with pytest.raises(ZeroDivisionError):
        over_seeds(partial(divmod, 1), [1, 0], workers=2)


def test_no_scheduler_is_a_sentence(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(parallel, "PATIENCE", 1)
    with pytest.raises(ClusterError, match=r"no scheduler answers at tcp://127\.0\.0\.1:9"):
        over_seeds(str, [1], cluster="tcp://127.0.0.1:9")


# ------------------------------------------------------------------------------------------------------- a cluster


def slowly(folder, seed):
    """A seed's run that notes which process lives it, and waits for the other one to begin."""
    (folder / f"{os.getpid()}.{seed}").touch()
    time.sleep(0.6)
    return sim.run("mild_recession", seeds=[seed], set=SMALL, threads=1, workers=1).results_hash()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A scheduler and two workers, each a process of its own: address, and the workers by their process number."""
    pytest.importorskip("distributed")
    tmp_path = tmp_path_factory.mktemp("cluster")
    where = tmp_path / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": tmp_path}
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(parallel_root()), os.environ.get("PYTHONPATH", "")])}
    start = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", str(where)]
    scheduler = subprocess.Popen(start, env=environment, **quiet)
    work = [
        sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", str(where), "--nthreads", "1", "--no-nanny",
        "--no-dashboard", "--local-directory", str(tmp_path),
    ]
    workers = [subprocess.Popen(work, env=environment, **quiet) for _ in range(2)]
    try:
        from distributed import Client

        with Client(scheduler_file=str(where), timeout=60) as client:
            client.wait_for_workers(2, timeout=60)
            yield client.scheduler.address, {process.pid: process for process in workers}
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait()


def parallel_root():
    from pathlib import Path

    return Path(sim.__file__).resolve().parent.parent


def test_a_run_on_a_cluster_has_the_hash_of_a_run_here(cluster, plain):
    assert sim.run("mild_recession", seeds=3, set=SMALL, cluster=cluster[0]).results_hash() == plain.results_hash()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="processes are killed by a signal")
def test_a_cluster_that_loses_a_worker_loses_no_seed(cluster, tmp_path):  # the last: one worker less
    address, workers = cluster
    notes = tmp_path / "notes"
    notes.mkdir()
    seeds = [1, 2, 3, 4, 5, 6]
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    try:
        killed = []

        def kill_one(done):
            if not killed:
                begun = {int(note.name.split(".")[0]) for note in notes.iterdir()}
                victim = next(pid for pid in workers if pid in begun)
                workers[victim].kill()
                killed.append(victim)

        found = over_seeds(partial(slowly, notes), seeds, cluster=address, done=kill_one)
    finally:
        cloudpickle.unregister_pickle_by_value(sys.modules[__name__])
    assert killed
    assert found == [sim.run("mild_recession", seeds=[seed], set=SMALL, workers=1).results_hash() for seed in seeds]


def test_workers_that_have_no_room_together_are_refused_or_fewer(monkeypatch):
    resolved = load_scenario("baseline", overrides=["borrowers.count=1_000_000"])
    each = int(1.5 * 1_000_000 * bytes_of_a_borrower(len(resolved.policy.products))) + rooms.LIBRARIES // 2
    monkeypatch.setattr(parallel, "cores", lambda: 8)
    for left, found in ((8 * each, 8), (8 * each - 1, 7), (each, 1)):
        monkeypatch.setattr(rooms, "room", lambda left=left: rooms.Room(left, "here"))
        assert workers_for(resolved, 8, 8, None) == found
        assert workers_for(resolved, 8, 8, None, "tcp://there:1") == 8  # whose memory is another's
    monkeypatch.setattr(rooms, "room", lambda: rooms.Room(3 * each, "here"))
    assert workers_for(resolved, 8, 8, 3) == 3
    with pytest.raises(MemoryError, match=r"4 workers, each with 1,000,000 borrowers, need about .* are left here; --workers 3 needs less"):
        workers_for(resolved, 8, 8, 4)
    with pytest.raises(MemoryError, match="3 workers, each with 1,000,000 borrowers twice, need"):
        workers_for(resolved, 8, 8, 3, populations=2)


def test_a_comparison_counts_two_populations_for_each_worker(monkeypatch):
    seen = []
    monkeypatch.setattr(rooms, "room", lambda of_addresses=False: rooms.Room(1, "here"))
    for study in (lambda: sim.run("baseline", seeds=2, workers=2, set=SMALL),
                  lambda: sim.compare("baseline", ["standard", "strict"], seeds=2, workers=2, set=SMALL)):
        with pytest.raises(MemoryError) as caught:
            study()
        seen.append(str(caught.value).partition(",")[0] + str(caught.value).partition("borrowers")[2][:6])
    assert seen == ["2 workers, need", "2 workers twice"]
