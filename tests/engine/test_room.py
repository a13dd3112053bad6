"""Memory that is not there is missed before the machine ends the process, in words."""

import resource
import subprocess
import sys

import pytest

import sim
from sim.engine import room as rooms
from sim.engine.room import MIB, Room, processes_with_room, refuse_to_begin, refuse_to_compile, refuse_without_room, room

linux = pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel of Linux")


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine of files: write(name, text) puts one there; no limit on address space unless a test sets one."""
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def write(name, text):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    write.room = lambda **more: room(proc=tmp_path / "proc", groups=tmp_path / "groups", **more)
    return write


def test_where_nothing_says_what_is_left_nothing_is_refused(machine):
    assert machine.room() is None


def test_the_machine_leaves_what_is_available_and_what_can_be_swapped(machine):
    machine("proc/meminfo", "MemTotal: 9000 kB\nMemFree: 100 kB\nMemAvailable: 3000 kB\nSwapFree: 500 kB\n")
    assert machine.room() == Room(3500 * 1024, "on this machine")


def test_a_control_group_and_those_around_it_bound_what_is_left(machine):
    machine("proc/meminfo", "MemAvailable: 900000 kB\nSwapFree: 0 kB\n")
    machine("proc/self/cgroup", "0::/outer/inner\n")
    machine("groups/outer/inner/memory.max", "max\n")
    machine("groups/outer/memory.max", str(100 * MIB))
    machine("groups/outer/memory.current", str(70 * MIB))
    machine("groups/outer/memory.stat", f"anon 1\ninactive_file {10 * MIB}\n")
    assert machine.room() == Room(40 * MIB, "under the limit of 100 MiB of the control group")


def test_the_older_kind_of_control_group_is_read_too(machine):
    machine("proc/self/cgroup", "9:name=systemd:/\n4:cpu,memory:/mine\n0::/\n")
    machine("groups/memory/mine/memory.limit_in_bytes", str(50 * MIB))
    machine("groups/memory/mine/memory.usage_in_bytes", str(45 * MIB))
    machine("groups/memory/mine/memory.stat", f"inactive_file 7\ntotal_inactive_file {MIB}\n")
    assert machine.room() == Room(6 * MIB, "under the limit of 50 MiB of the control group")


def test_a_limit_on_address_space_leaves_what_is_not_mapped_yet(machine, monkeypatch):
    machine("proc/self/statm", "256 100 50\n")
    monkeypatch.setattr(resource, "getrlimit", lambda _: (8 * MIB, resource.RLIM_INFINITY))
    found = machine.room(of_addresses=True)
    assert found == Room(8 * MIB - 256 * resource.getpagesize(), "under the limit of 8 MiB on address space (ulimit -v)")


def test_what_does_not_fit_is_refused_with_need_and_room(monkeypatch):
    monkeypatch.setattr(rooms, "LIBRARIES", 0)
    monkeypatch.setattr(rooms, "room", lambda of_addresses=False: None if of_addresses else Room(100 * MIB, "on this machine"))
    refuse_without_room(60 * MIB, "few", 1)
    with pytest.raises(MemoryError, match="many need about 120 MiB, and 100 MiB are left on this machine"):
        refuse_without_room(80 * MIB, "many", 1)


def test_threads_and_the_compiler_need_address_space(monkeypatch):
    monkeypatch.setattr(rooms, "LIBRARIES", 0)
    left = rooms.COMPILING + 10 * MIB
    monkeypatch.setattr(rooms, "room", lambda of_addresses=False: Room(left, "here") if of_addresses else None)
    refuse_without_room(MIB, "one thread", 1)
    with pytest.raises(MemoryError, match="two threads need about"):
        refuse_without_room(MIB, "two threads", 2)
    refuse_to_compile("pay")
    left = MIB
    with pytest.raises(MemoryError, match="compiling 'pay' may need 48 MiB, and 1 MiB are left here"):
        refuse_to_compile("pay")
    with pytest.raises(MemoryError, match="to begin needs about"):
        refuse_to_begin()


def test_a_model_that_does_not_fit_is_refused_before_its_columns_are_there(monkeypatch):
    monkeypatch.setattr(rooms, "room", lambda of_addresses=False: None if of_addresses else Room(300 * MIB, "on this machine"))
    with pytest.raises(MemoryError, match=r"10,000,000 borrowers on 2 threads need about [\d,]+ MiB, and 300 MiB are left"):
        sim.LendingModel("baseline", set={"borrowers.count": 10_000_000}, threads=2)


@linux
@pytest.mark.parametrize(("mib", "borrowers"), [(100, 1_000), (250, 1_000), (450, 1_000), (700, 1_000_000), (900, 1_000_000)])
def test_the_command_under_a_limit_ends_with_a_sentence_and_exit_1(mib, borrowers):
    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (mib * MIB, mib * MIB))

    done = subprocess.run(
        [sys.executable, "-m", "sim.command", "run", "baseline", "--set", f"borrowers.count={borrowers}", "--threads", "2"],
        capture_output=True, text=True, preexec_fn=limit, check=False, timeout=300,
    )
    assert done.returncode == 1, done.stderr
    assert "not enough memory" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


@pytest.mark.parametrize(("wanted", "mib", "fit"), [(4, 460, 4), (4, 459, 3), (2, 115, 1), (4, 10, 1), (1, 10, 1)])
def test_processes_are_counted_together(wanted, mib, fit, monkeypatch):
    monkeypatch.setattr(rooms, "LIBRARIES", 50 * MIB)  # 60 + half of that once more for results, and 25 of libraries: 115 each
    monkeypatch.setattr(rooms, "room", lambda: Room(mib * MIB, "on this machine"))
    assert processes_with_room(wanted, 60 * MIB, "9 borrowers", asked=False) == fit
    if fit == wanted:
        assert processes_with_room(wanted, 60 * MIB, "9 borrowers", asked=True) == wanted
        return
    told = f"{wanted} workers, each with 9 borrowers, need about {wanted * 115} MiB together, and {mib} MiB are left on this machine; "
    with pytest.raises(MemoryError, match=f"{told}--workers {fit} needs less"):
        processes_with_room(wanted, 60 * MIB, "9 borrowers", asked=True)


def test_nothing_is_refused_where_the_system_does_not_say_what_is_left(monkeypatch):
    monkeypatch.setattr(rooms, "room", lambda: None)
    assert processes_with_room(9, 1e15, "many", asked=True) == 9
