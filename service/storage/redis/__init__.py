"""The store on Redis: one server, one primary with replicas behind Sentinel, or a Cluster.

`engine.py` is the store. A commit is one Lua script (`lua/`), which runs alone on the server: it checks everything
before it writes anything. `address.py` reads the URL, `keys.py` names the keys, `packing.py` says how records and
events look in them, `nodes.py` knows which server keeps a key, `links.py` has the connections, `calling.py` sends each
write once and finds out what became of it when its answer is lost, `words.py` says in plain words what is wrong.

Durability is the server's: docs/operations.md says how it must be set up, and what may be lost even then.
"""
