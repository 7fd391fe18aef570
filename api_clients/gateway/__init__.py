"""The face of the clients for programs outside: what can be asked of each service, in JSON's words.

Everything here is made of the signatures of the catalogue's clients. It knows no web framework: the hub's REST views,
the command `manage.py client` and docs/openapi are made of what stands here.

    endpoint = endpoint_of(CATALOG, "prometheus", "query")
    arguments = endpoint.signature.from_texts({"expression": ["up"]})
    answer = ask(client_of, endpoint, arguments, "main")        # client_of gives the client of a target
    written(answer.value)                                       # JSON, as bytes
"""
