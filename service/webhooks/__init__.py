"""Telling other people's servers what has happened: what may be called, how a message is signed, how it is sent.

* `reach.py` says which addresses may be called, `naming.py` asks what addresses a name has.
* `signing.py` makes secrets and signatures, as the Standard Webhooks specification has them.
* `sending.py` sends one message and tells what came of it.

What is sent, to whom and when is for `service/usecases/webhooks/`; nothing here reads a store.
"""
