# params holds the members of the request's object; the object that is returned is the answer.
def main(params):
    return {"greeting": "Hello, %s!" % params.get("name", params.get("data", "world"))}
