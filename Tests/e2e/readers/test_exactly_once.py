"""Whoever reads gets each event once and in order, whatever happens to the server, its files and the connection."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from e2e.readers.controller import Controller
from e2e.readers.followers import Follower
from e2e.readers.oracle import Oracle
from e2e.readers.pagers import Pager
from e2e.readers.world import World
from e2e.readers.writers import Writer
from e2e.support.server import Server

WRITERS = 16
FOLLOWERS = 8
PAGERS = 3


def _guarded(world: World, run: Callable[[], None]) -> Callable[[], None]:
    def body() -> None:
        try:
            run()
        except BaseException as error:
            world.fail(error)
            raise

    return body


def _pages(server: Server, order: str) -> list[bytes]:
    """The whole log, page by page."""
    # Pages of so few events have their cursor in the header.
    lines, path = [], f"/events?limit=400&order={order}"
    while True:
        response = server.get(path)
        assert response.status == 200, response
        lines += response.body.splitlines()
        assert response.headers["Telemetry-Damaged-Lines"] == "0"
        if "Link" not in response.headers:
            return lines
        target = response.headers["Link"].partition("<")[2].partition(">")[0]
        path = "/events" + target


def test_every_reader_gets_every_event_once_and_in_order(make_server, tmp_path, choices_of):
    run_root, moved = tmp_path / "runs", tmp_path / "moved"
    run_root.mkdir()
    moved.mkdir()
    server = make_server("--sync", "always", "--run-root", str(run_root), "--max-types", "100")
    world = World(server)
    controller = Controller(world, choices_of("controller"), run_root, moved)
    writers = [Writer(world, choices_of(f"writer {place}"), place) for place in range(WRITERS)]
    followers = [Follower(world, choices_of(f"follower {place}"), f"follower {place}") for place in range(FOLLOWERS)]
    pagers = [Pager(world, choices_of(f"pager {place}")) for place in range(PAGERS)]
    controller.start()

    with ThreadPoolExecutor(WRITERS + FOLLOWERS + PAGERS) as pool:
        try:
            reading = [pool.submit(_guarded(world, actor.run)) for actor in (*followers, *pagers)]
            writing = [pool.submit(_guarded(world, writer.run)) for writer in writers]
            controller.run()
            world.end()
            for future in writing:
                future.result()
            controller.record_last()
            for future in reading:
                future.result()
        except BaseException as error:
            world.fail(error)
            raise

    print("\n".join(controller.done))
    forwards = _pages(server, "asc")
    assert _pages(server, "desc") == forwards[::-1]
    assert server.get("/events?limit=100000").body.splitlines() == forwards[:100_000]
    assert server.stop() == 0

    oracle = Oracle(world, forwards, moved)
    lives = [life for follower in followers for life in follower.lives]
    walks = [walk for pager in pagers for walk in pager.walks]
    print(
        f"{len(world.acknowledged)} events acknowledged, {len(oracle.moved)} in files that were taken away; "
        f"{len(lives)} lives of followers with {sum(len(life.events) for life in lives)} events and "
        f"{sum(life.cuts for life in lives)} cuts; {len(walks)} walks with "
        f"{sum(len(walk.numbers) for walk in walks)} events"
    )
    oracle.check_files((server.site_dir, run_root), forwards)
    oracle.check_order()
    for life in lives:
        oracle.check_life(life)
    for walk in walks:
        oracle.check_walk(walk)
