"""How much heap a piece of code holds at its highest, and how much it allocates.

    import _heap
    h = _heap.Meter(); h.start()
    ...; h.sample(); ...; h.sample()
    h.stop(); print(h.peak, h.allocated)

`peak` is the largest heap in use that any `sample` (start and stop are samples, too) found after a
collection, `allocated` all that was allocated in between, whether it was collected or not:
`mem_current` never falls, so it does not need a collection. Sampling costs time, not heap.
"""

import gc

from micropython import mem_current


class Meter:
    def __init__(self):
        self.base = 0  # in use at the start
        self.peak = 0
        self.allocated = 0

    def start(self):
        gc.collect()
        self.peak = 0
        self.base = gc.mem_alloc()
        self.allocated = mem_current()
        self.peak = self.base

    def sample(self):
        gc.collect()
        used = gc.mem_alloc()
        if used > self.peak:
            self.peak = used

    def stop(self):
        self.allocated = mem_current() - self.allocated
        self.sample()
