"""The container image without a container engine: the Dockerfile's steps in folders, compose.yaml's services in them.

`dockerfile.py` reads the file, `rooms.py` gives a process a root of its own (mount namespaces), `building.py` does the
steps, `composing.py` starts services. What a real engine would do beside that (pulling the base image, networks) is the
machine's own: its Python stands for the base image, its installed libraries for what pip would download.
"""
