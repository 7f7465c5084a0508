"""The module `threading` as tasks of a world have it."""

from collections.abc import Callable
from typing import Any

from simulation.world import Lock, S, Task, World


class Threading:
    """Takes the place of the module `threading` in the production code, as gevent does there."""

    def __init__(self, world: World) -> None:
        self._world = world

    def RLock(self) -> "_RLock":
        return _RLock(self._world)

    def Condition(self) -> "_Condition":
        return _Condition(self._world)

    def Event(self) -> "_Event":
        return _Event(self._world)

    def Thread(self, target: Callable[[], None], **_names: Any) -> "_Thread":
        return _Thread(self._world, target)


class _RLock:
    def __init__(self, world: World) -> None:
        self._world = world
        self._lock = Lock(world)

    @property
    def taken(self) -> bool:
        return self._lock.taken

    def __enter__(self) -> None:
        self._lock.acquire(self._world.current)

    def __exit__(self, *_: object) -> None:
        self._lock.release(self._world.current)


class _Condition:
    """Nothing that is done under it waits: entering it needs no lock."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._waiting: list[tuple[Task, int]] = []

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass

    def notify(self) -> None:
        for task, turn in self._waiting:
            self._world.wake(task, turn)
        self._waiting.clear()

    def wait(self, timeout: float | None = None) -> None:
        task = self._world._require_task()
        self._waiting.append((task, task.turn))
        if timeout is None:
            self._world.wait()
        else:
            self._world.sleep(timeout * S)


class _Event:
    def __init__(self, world: World) -> None:
        self._condition = _Condition(world)
        self._set = False

    def is_set(self) -> bool:
        return self._set

    def set(self) -> None:
        self._set = True
        self._condition.notify()

    def wait(self, timeout: float | None = None) -> bool:
        if not self._set:
            self._condition.wait(timeout)
        return self._set


class _Thread:
    def __init__(self, world: World, target: Callable[[], None]) -> None:
        self._world = world
        self._target = target
        self._ended = _Event(world)

    def start(self) -> None:
        current = self._world.current
        self._world.spawn(self._run, None if current is None else current.owner)

    def join(self, timeout: float | None = None) -> None:
        self._ended.wait(timeout)

    def _run(self) -> None:
        self._target()
        self._ended.set()
