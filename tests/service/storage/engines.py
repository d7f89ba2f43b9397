"""The engines that run the contract suite and the model test: a name, and how to name a fresh store in a folder."""

ENGINES = {"sqlite": lambda folder: f"sqlite:///{folder}/data/store.sqlite3"}
