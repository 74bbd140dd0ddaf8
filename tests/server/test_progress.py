"""The step of the Dockerfile that a build is at is read from its log, and not by everybody anew."""

from __future__ import annotations

import contextlib

from server import nomad
from server.embedded import scripted
from server.progress import Progress
from tests.worlds import World, submit, wait_for_end, wait_for_status

STEPS = "STEP 1/3: FROM base\nSTEP 2/3: RUN make\n"


class Counting(nomad.Nomad):
    """A client that counts how often it has read a log."""

    logs = 0

    def read_log(self, allocation_id: str, task: str, stream: str, tail: int) -> bytes:
        self.logs += 1
        return super().read_log(allocation_id, task, stream, tail)


def test_a_step_is_good_for_a_moment_and_kept_while_it_says_much(world: World) -> None:
    now, voice = [100.0], scripted.Voice()
    gate = world.hold("build", stdout=STEPS, voice=voice)
    with world.serve() as running, contextlib.closing(Counting(world.configure())) as client:
        build = wait_for_status(running, submit(running), "BUILDING")
        world.wait_for_log(running, build.id, "RUN make")
        progress = Progress(client, lambda: now[0])
        assert progress.find_step(build) == "STEP 2/3: RUN make"
        assert progress.find_step(build) == "STEP 2/3: RUN make"
        assert client.logs == 1
        # More than is looked at for a step.
        voice.say(b"cc -c part.c\n" * 4000 + b"linking\n")
        world.wait_for_log(running, build.id, "linking")
        now[0] += 5
        assert progress.find_step(build) == "STEP 2/3: RUN make"
        assert client.logs == 2
        voice.say(b'STEP 3/3: CMD ["shop"]\n')
        world.wait_for_log(running, build.id, "CMD")
        now[0] += 5
        assert progress.find_step(build) == 'STEP 3/3: CMD ["shop"]'
        gate.open()
        ended = wait_for_end(running, build.id)
        assert progress.find_step(ended) == ""
