"""Work outside a request: the clock-driven schedule, the queue of batches, the worker."""
