"""Requests at the same instant."""
import concurrent.futures
import threading


def at_once(actions):
    """Runs all actions behind one barrier; their results in the order of the actions."""
    barrier = threading.Barrier(len(actions))

    def run(action):
        barrier.wait()
        return action()

    with concurrent.futures.ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))
