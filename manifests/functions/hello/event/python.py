# event["data"] is the request's body, an object if it is JSON; what is returned is the answer.
def handler(event, context):
    data = event["data"]
    if isinstance(data, bytes):
        data = data.decode()
    name = data.get("name") if isinstance(data, dict) else data
    return "Hello, %s!\n" % (name or "world")
